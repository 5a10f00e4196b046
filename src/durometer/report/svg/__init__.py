"""Charts as strings of SVG: pure functions, colored by CSS classes so that both themes fit; all text escaped."""

from durometer.report.svg.bars import bar
from durometer.report.svg.channel import channel_chart
from durometer.report.svg.draw import Scale, element
from durometer.report.svg.forest import axis, interval
from durometer.report.svg.heat import heat_map
from durometer.report.svg.line import Line, line_chart
from durometer.report.svg.reliability import reliability
from durometer.report.svg.spark import spark
from durometer.report.svg.survival import Steps, survival_chart
from durometer.report.svg.wheel import wheel

__all__ = [
    "Line", "Scale", "Steps", "axis", "bar", "channel_chart", "element", "heat_map", "interval", "line_chart",
    "reliability", "spark", "survival_chart", "wheel",
]  # fmt: skip
