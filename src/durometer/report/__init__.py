"""Level 6: findings to HTML, Markdown, JSON and the terminal. It renders frozen values and computes no statistics."""

from durometer.report.plain import comparison_data, data
from durometer.report.screen import comparison_terminal, terminal
from durometer.report.section import SECTIONS, Section, View
from durometer.report.write import write, write_comparison, write_many

__all__ = [
    "SECTIONS", "Section", "View", "comparison_data", "comparison_terminal", "data", "terminal", "write",
    "write_comparison", "write_many",
]  # fmt: skip
