"""The angle wheel: accuracy around the clock, zero degrees on top, the rim is 100 %."""

from __future__ import annotations

import math

from markupsafe import Markup

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg.draw import element, join

RADIUS = 84
SIZE = 2 * RADIUS + 64


def wheel(points: tuple[tuple[float, Estimate], ...], *, level: Estimate, label: str) -> Markup:
    """Return the polar chart of (degrees, accuracy); spokes are intervals, the dashed ring is unedited."""
    known = [(angle, e) for angle, e in points if say.measured(e)]
    rings = [element("circle", r=RADIUS * share, class_="grid") for share in (0.25, 0.5, 0.75, 1.0)]
    if say.measured(level):
        rings.append(element("circle", r=RADIUS * level.value, class_="level"))
    spokes = [_spoke(angle, e) for angle, e in known]
    numbers = [_number(angle) for angle, _ in known]
    box = f"{-SIZE / 2:.0f} {-SIZE / 2:.0f} {SIZE} {SIZE}"
    return element(
        "svg", element("title", label), *rings, *numbers, *spokes,
        class_="wheel m0", viewBox=box, role="img", aria_label=label,
    )  # fmt: skip


def place(angle: float, share: float) -> tuple[float, float]:
    """Return (x, y) of a share at an angle in degrees, clockwise from the top."""
    turn = math.radians(angle)
    return RADIUS * share * math.sin(turn), -RADIUS * share * math.cos(turn)


def _spoke(angle: float, e: Estimate) -> Markup:
    (x0, y0), (x1, y1), (x, y) = place(angle, e.low), place(angle, e.high), place(angle, e.value)
    hover = element("title", f"{say.number(angle)}°: {say.in_percent(e)}")
    ray = element("line", x1=0, y1=0, x2=x, y2=y, class_="ray")
    line = element("line", x1=x0, y1=y0, x2=x1, y2=y1, class_="whisker")
    return element("g", hover, ray, line, element("circle", cx=x, cy=y, r=4, class_="dot"))


def _number(angle: float) -> Markup:
    x, y = place(angle, 1.0 + 18 / RADIUS)
    return join([element("text", f"{say.number(angle)}°", x=x, y=y + 4, text_anchor="middle")])
