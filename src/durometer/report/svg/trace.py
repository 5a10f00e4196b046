"""The path of a search: how far from broken each input stood that the model was asked about."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from durometer.report import say
from durometer.report.svg.draw import Scale, element

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 10, 38
MOST = 400
"""Points that are drawn; of more, the lowest of each stretch."""


def trace_chart(path: Sequence[float], *, label: str, unit: str) -> Markup:
    """Return a line through margins in the order of the questions, and the zero line where breaking begins.

    Args:
        path: Margins; those that are not finite are left out.
        label: What it shows, for a screen reader.
        unit: Under the axis.
    """
    known = [(i, m) for i, m in enumerate(path) if math.isfinite(m)]
    drawn = thinned(known)
    values = [m for _, m in known] or [0.0]
    low, high = min(0.0, *values), max(0.0, *values)
    scale = Scale(low, high if high > low else low + 1.0)
    across = Scale(0.0, float(max(len(path) - 1, 1)))
    points = " ".join(f"{_x(across, i):.1f},{_y(scale, m):.1f}" for i, m in drawn)
    levels = [_level(scale, value) for value in scale.ticks(4)]
    under = [
        element("text", say.number(t + 1), x=_x(across, t), y=HEIGHT - BOTTOM + 16, text_anchor="middle")
        for t in sorted({0, (len(path) - 1) // 2, max(len(path) - 1, 0)})
    ]
    word = element("text", unit, x=(LEFT + WIDTH) / 2, y=HEIGHT - 5, text_anchor="middle", class_="unit")
    curve = element("g", element("polyline", points=points, class_="curve"), class_="m0")
    box = f"0 0 {WIDTH} {HEIGHT}"
    return element(
        "svg", element("title", label), *levels, *under, word, curve, class_="lines trace", viewBox=box,
        role="img", aria_label=label,
    )  # fmt: skip


def thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return at most so many points as can be told apart: the lowest of each stretch."""
    width = math.ceil(len(points) / MOST) or 1
    stretches = (points[i : i + width] for i in range(0, len(points), width))
    return [min(stretch, key=lambda point: point[1]) for stretch in stretches]


def _level(scale: Scale, value: float) -> Markup:
    y = _y(scale, value)
    line = element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="grid" if value else "zero")
    return element("g", line, element("text", say.number(value), x=LEFT - 6, y=y + 4, text_anchor="end"))


def _x(scale: Scale, i: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * scale.at(i) / 100


def _y(scale: Scale, value: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - scale.at(value) / 100)
