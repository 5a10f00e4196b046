"""Survival: the share still right against how severe the edit is, in steps, a line and a band a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg.draw import Scale, element
from durometer.report.svg.line import HEIGHT, LABEL, WIDTH, Frame, apart, axes, name_at

HALF = 0.5 + 1e-9
RIGHT = 18
"""Room for the last tick, which is seldom as short as a whole number."""


@dataclass(frozen=True)
class Steps:
    """One model along an axis: `points` are (depth from 0 to 1, value, share still right beyond it)."""

    name: str
    points: tuple[tuple[float, float, Estimate], ...]


def survival_chart(
    lines: tuple[Steps, ...], *, ticks: tuple[tuple[float, float], ...], unit: str, label: str, names: bool
) -> Markup:
    """Return one panel, mild at the left and severe at the right; a diamond marks the median.

    Args:
        lines: In the order of the models; the order gives the color and the dash.
        ticks: (depth, value) to write under the axis.
        unit: Of the values.
        label: What the panel shows, for a screen reader.
        names: Write each model's name at the end of its line.
    """
    frame = Frame(Scale(0.0, 1.0), tuple(ticks), LABEL if names else RIGHT)
    ends = apart([frame.y(line.points[-1][2].value if line.points else 1.0) for line in lines])
    drawn = [axes(frame, unit), *(_series(frame, line, i) for i, line in enumerate(lines))]
    if names:
        drawn += [
            name_at(frame, line.name, i, y) for i, (line, y) in enumerate(zip(lines, ends, strict=True))
        ]
    box = f"0 0 {WIDTH} {HEIGHT}"
    return element(
        "svg", element("title", label), *drawn, class_="lines", viewBox=box, role="img", aria_label=label
    )


def _series(f: Frame, line: Steps, index: int) -> Markup:
    upper = list(_corners(f, [(d, e.high) for d, _, e in line.points]))
    lower = list(_corners(f, [(d, e.low) for d, _, e in line.points]))
    path = _corners(f, [(d, e.value) for d, _, e in line.points])
    parts = [element("polygon", points=" ".join([*upper, *reversed(lower)]), class_="band")]
    parts.append(element("polyline", points=" ".join(path), class_="curve"))
    parts += [_hover(f, line.name, *point) for point in line.points]
    median = next(((d, v) for d, v, e in line.points if e.value <= HALF), None)
    if median is not None:
        parts.append(_median(f, line.name, *median))
    return element("g", *parts, class_=f"m{index % 4}")


def _corners(f: Frame, points: list[tuple[float, float]]) -> Iterator[str]:
    """Yield the corners of a step line from (0, 1) to the right end."""
    share = 1.0
    yield f"{f.x(0.0):.1f},{f.y(share):.1f}"
    for depth, lower in points:
        yield f"{f.x(depth):.1f},{f.y(share):.1f}"
        yield f"{f.x(depth):.1f},{f.y(lower):.1f}"
        share = lower
    yield f"{f.x(1.0):.1f},{f.y(share):.1f}"


def _hover(f: Frame, name: str, depth: float, value: float, e: Estimate) -> Markup:
    text = element("title", f"{name} beyond {say.number(value)}: {say.in_percent(e)}")
    return element("g", text, element("circle", cx=f.x(depth), cy=f.y(e.value), r=6, class_="halo"))


def _median(f: Frame, name: str, depth: float, value: float) -> Markup:
    x, y = f.x(depth), f.y(0.5)
    text = element("title", f"{name}: half have failed by {say.number(value)}")
    mark = element("path", d=f"M{x:.1f} {y - 6:.1f}l5 6l-5 6l-5 -6z", class_="half")
    return element("g", text, mark)
