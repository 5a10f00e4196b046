"""The forest: a dot and its interval on one line of a table, and the axis above them.

Every place is a percentage, so that a row fits any column; text stays in the table, to be read aloud.
"""

from __future__ import annotations

from markupsafe import Markup

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg.draw import Scale, element, join

ROW = 24


def interval(
    estimate: Estimate,
    *,
    scale: Scale,
    tone: str,
    hollow: bool = False,
    beside: Estimate | None = None,
    label: str = "",
) -> Markup:
    """Return one row: grid, zero line, interval and dot.

    Args:
        estimate: In the scale's unit.
        scale: Shared by all rows of the chart.
        tone: `worse`, `better` or `undecided`; the class that colors it.
        hollow: A ring instead of a dot: a control.
        beside: The control of this row, drawn as a small ring.
        label: What the mark says to a pointer and to a screen reader.
    """
    marks = [_grid(scale)]
    if say.measured(estimate):
        if beside is not None and say.measured(beside):
            marks.append(_dot(scale, beside, "beside", 3.5, ROW / 2))
        marks += _mark(scale, estimate, hollow=hollow)
    return element(
        "svg", element("title", label), *marks, class_=f"iv {tone}", height=ROW, role="img", aria_label=label
    )


def axis(scale: Scale, *, ticks: int = 5) -> Markup:
    """Return the tick labels of a forest, in points."""
    texts = (
        element("text", _tick(t), x=scale.percent(t), y=12, text_anchor="middle") for t in scale.ticks(ticks)
    )
    return element("svg", *texts, class_="axis", height=16, aria_hidden="true")


def _mark(scale: Scale, e: Estimate, *, hollow: bool) -> list[Markup]:
    """The interval and its dot; beyond the axis (diagnostics may be), a pointer at its end says so."""
    if scale.low <= e.value <= scale.high:
        return [_whiskers(scale, e), _dot(scale, e, "hollow" if hollow else "dot", 5, ROW / 2)]
    right = e.value > scale.high
    place, tip, anchor = ("100%", "›", "end") if right else ("0%", "‹", "start")
    return [element("text", tip, x=place, y=ROW / 2 + 5, text_anchor=anchor, class_="beyond")]


def _tick(share: float) -> str:
    return say.points(share).removesuffix(".0")


def _grid(scale: Scale) -> Markup:
    lines = (
        element(
            "line",
            x1=scale.percent(t),
            x2=scale.percent(t),
            y1=-4,
            y2=ROW + 5,
            class_="zero" if t == 0 else "grid",
        )
        for t in scale.ticks()
    )
    return join(lines)


def _whiskers(scale: Scale, e: Estimate) -> Markup:
    low, high, y = scale.percent(e.low), scale.percent(e.high), ROW / 2
    ends = (element("line", x1=x, x2=x, y1=y - 4, y2=y + 4, class_="whisker") for x in (low, high))
    return join([element("line", x1=low, x2=high, y1=y, y2=y, class_="whisker"), *ends])


def _dot(scale: Scale, e: Estimate, kind: str, radius: float, y: float) -> Markup:
    return element("circle", cx=scale.percent(e.value), cy=y, r=radius, class_=kind)
