"""Reliability: how often a model is right at each confidence that it states."""

from __future__ import annotations

from markupsafe import Markup

from durometer.report import say
from durometer.report.svg.draw import element, join

SIDE = 180
LEFT, BOTTOM, TOP = 34, 36, 8


def reliability(bins: tuple[tuple[float, float, int], ...], *, label: str) -> Markup:
    """Return the diagram of (mean confidence, accuracy, count) bins.

    The stem from the diagonal is the gap; a dot's area grows with the answers behind it.
    """
    most = max((n for _, _, n in bins), default=1)
    drawn = [_frame(), *(_bin(c, a, n, most) for c, a, n in bins)]
    box = f"0 0 {LEFT + SIDE + 12} {TOP + SIDE + BOTTOM}"
    return element(
        "svg", element("title", label), *drawn, class_="calib", viewBox=box, role="img", aria_label=label
    )


def _x(share: float) -> float:
    return LEFT + SIDE * share


def _y(share: float) -> float:
    return TOP + SIDE * (1 - share)


def _frame() -> Markup:
    shares = (0.0, 0.5, 1.0)
    lines = [element("line", x1=_x(0), x2=_x(1), y1=_y(s), y2=_y(s), class_="grid") for s in shares]
    lines.append(element("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="zero"))
    left = [element("text", f"{100 * s:.0f}", x=LEFT - 6, y=_y(s) + 4, text_anchor="end") for s in shares]
    under = [element("text", f"{100 * s:.0f}", x=_x(s), y=_y(0) + 16, text_anchor="middle") for s in shares]
    word = element(
        "text", "stated confidence, %", x=_x(0.5), y=_y(0) + 32, text_anchor="middle", class_="unit"
    )
    return join([*lines, *left, *under, word])


def _bin(confidence: float, accuracy: float, n: int, most: int) -> Markup:
    tone = "worse" if accuracy < confidence else "better"
    x = _x(confidence)
    said, right = say.percent(confidence), say.percent(accuracy)
    hover = element("title", f"says {said}, is right {right} of the time, {say.count(n)} answers")
    stem = element("line", x1=x, x2=x, y1=_y(confidence), y2=_y(accuracy), class_="whisker")
    radius = 2.5 + 5.5 * (n / most) ** 0.5
    return element(
        "g", hover, stem, element("circle", cx=x, cy=_y(accuracy), r=radius, class_="dot"), class_=tone
    )
