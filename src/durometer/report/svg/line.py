"""Accuracy against severity: one panel, a line a model with its band, the unedited accuracy as a level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg.draw import Scale, element, join

WIDTH, HEIGHT = 300, 200
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 38
LABEL = 84
"""Room for the names of the models, where there are several."""


@dataclass(frozen=True)
class Line:
    """One model along an axis: `points` are (severity, accuracy), `level` the unedited accuracy."""

    name: str
    points: tuple[tuple[float, Estimate], ...]
    level: Estimate


def line_chart(
    lines: tuple[Line, ...],
    *,
    unit: str,
    label: str,
    names: bool,
    ticks: tuple[tuple[float, float], ...] = (),
) -> Markup:
    """Return one panel; accuracy always runs from 0 to 100 %, so that panels can be compared.

    Args:
        lines: In the order of the models; the order gives the color and the dash.
        unit: Under the axis.
        label: What the panel shows, for a screen reader.
        names: Write each model's name at the end of its line.
        ticks: (place, value) where the axis is bent: the points' severities are places then, and what is
            written is the value. Half of the unedited accuracy is not marked on such an axis.
    """
    frame = Frame.of(lines, unit=unit, right=LABEL if names else RIGHT, ticks=ticks)
    ends = apart([frame.y(last.value) for line in lines for _, last in line.points[-1:]])
    drawn = [axes(frame, unit)]
    drawn += [_series(frame, line, i) for i, line in enumerate(lines)]
    if names:
        ended = [(i, line) for i, line in enumerate(lines) if line.points]
        drawn += [name_at(frame, line.name, i, y) for (i, line), y in zip(ended, ends, strict=True)]
    box = f"0 0 {WIDTH} {HEIGHT}"
    return element(
        "svg", element("title", label), *drawn, class_="lines", viewBox=box, role="img", aria_label=label
    )


def crossing(line: Line) -> float | None:
    """Return where the drawn line first comes down to half of the unedited accuracy; None if it does not."""
    half = line.level.value / 2
    known = [(s, e.value) for s, e in line.points if say.measured(e)]
    for (s0, a0), (s1, a1) in pairwise(known):
        if (a0 - half) * (a1 - half) <= 0 and a0 != a1:
            return s0 + (s1 - s0) * (a0 - half) / (a0 - a1)
    return None


@dataclass(frozen=True)
class Frame:
    """Where values lie on a panel: its scale, ticks (place, what is written there), room at the right."""

    scale: Scale
    ticks: tuple[tuple[float, float], ...]
    right: float
    bent: bool = False

    @classmethod
    def of(
        cls,
        lines: tuple[Line, ...],
        *,
        unit: str,
        right: float,
        ticks: tuple[tuple[float, float], ...] = (),
    ) -> Frame:
        """Return the frame that holds all points of some lines."""
        at = sorted({s for line in lines for s, _ in line.points if math.isfinite(s)}) or [0.0, 1.0]
        low, high = at[0], at[-1] if at[-1] > at[0] else at[0] + 1.0
        if ticks:
            return cls(Scale(low, high), ticks, right, bent=True)
        plain = tuple(at) if len(at) <= 5 else Scale(low, high).ticks(4, unit=unit)
        return cls(Scale(low, high), tuple((t, t) for t in plain), right)

    def x(self, severity: float) -> float:
        """Return where a severity lies."""
        return LEFT + (WIDTH - LEFT - self.right) * self.scale.at(severity) / 100

    def y(self, share: float) -> float:
        """Return where a share lies."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(1.0, max(0.0, share)))


def axes(f: Frame, unit: str) -> Markup:
    """Return grid, ticks and unit of a panel."""
    end = WIDTH - f.right
    levels = [
        element("line", x1=LEFT, x2=end, y1=f.y(s), y2=f.y(s), class_="zero" if s == 0 else "grid")
        for s in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    left = [
        element("text", f"{100 * s:.0f}", x=LEFT - 6, y=f.y(s) + 4, text_anchor="end")
        for s in (0.0, 0.5, 1.0)
    ]
    under = [
        element("text", say.number(shown), x=f.x(t), y=HEIGHT - BOTTOM + 16, text_anchor="middle")
        for t, shown in f.ticks
    ]
    word = element("text", unit, x=(LEFT + end) / 2, y=HEIGHT - 5, text_anchor="middle", class_="unit")
    return join([*levels, *left, *under, word])


def _series(f: Frame, line: Line, index: int) -> Markup:
    known = [(s, e) for s, e in line.points if say.measured(e)]
    upper = [f"{f.x(s):.1f},{f.y(e.high):.1f}" for s, e in known]
    lower = [f"{f.x(s):.1f},{f.y(e.low):.1f}" for s, e in reversed(known)]
    path = " ".join(f"{f.x(s):.1f},{f.y(e.value):.1f}" for s, e in known)
    parts = [element("polygon", points=" ".join(upper + lower), class_="band")]
    if say.measured(line.level):
        level = f.y(line.level.value)
        parts.append(element("line", x1=LEFT, x2=WIDTH - f.right, y1=level, y2=level, class_="level"))
    parts.append(element("polyline", points=path, class_="curve"))
    parts += [_point(f, line.name, s, e) for s, e in known]
    half = None if f.bent else crossing(line)
    if half is not None:
        parts.append(_half(f, line, half))
    return element("g", *parts, class_=f"m{index % 4}")


def _point(f: Frame, name: str, severity: float, e: Estimate) -> Markup:
    value = dict(f.ticks).get(severity, severity) if f.bent else severity
    hover = element("title", f"{name} at {say.number(value)}: {say.in_percent(e)}")
    halo = element("circle", cx=f.x(severity), cy=f.y(e.value), r=9, class_="halo")
    return element("g", hover, halo, element("circle", cx=f.x(severity), cy=f.y(e.value), r=3, class_="dot"))


def _half(f: Frame, line: Line, severity: float) -> Markup:
    x, y = f.x(severity), f.y(line.level.value / 2)
    hover = element("title", f"{line.name}: half of its right answers are lost at {say.number(severity)}")
    mark = element("path", d=f"M{x:.1f} {y - 6:.1f}l5 6l-5 6l-5 -6z", class_="half")
    return element("g", hover, mark)


def name_at(f: Frame, name: str, index: int, y: float) -> Markup:
    """Return a model's name at the end of its line."""
    short = name if len(name) <= 12 else name[:11] + "…"
    hover = element("title", name)
    return element("text", short, hover, x=WIDTH - f.right + 8, y=y + 4, class_=f"name m{index % 4}")


def apart(places: list[float], gap: float = 14) -> list[float]:
    """Push labels down until none covers another; the order stays."""
    result = list(places)
    order = sorted(range(len(places)), key=lambda i: places[i])
    for before, after in pairwise(order):
        result[after] = max(result[after], result[before] + gap)
    return result
