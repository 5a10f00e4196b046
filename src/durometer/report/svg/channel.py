"""Noise sensitivity against spatial frequency: points a band, the fitted channel, the width of people's."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg.draw import element

WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 14, 42
STEPS = 60


def channel_chart(
    centers: Sequence[float],
    points: Sequence[Estimate],
    curve: Sequence[tuple[float, float]],
    *,
    people: tuple[float, float] | None,
    most: float,
    label: str,
) -> Markup:
    """Return the chart.

    Args:
        centers: Spatial frequency of each band, an octave apart.
        points: Sensitivity of each band, 0 to `most`, in octaves of noise.
        curve: The fitted channel: (place, sensitivity), places counted in bands from the first.
        people: From where to where, in bands, the channel of people would reach at half height; or None.
        most: Top of the scale.
        label: For a screen reader.
    """
    last = max(1, len(centers) - 1)

    def x(place: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (0.5 + min(last + 0.5, max(-0.5, place))) / (last + 1)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(1.0, max(0.0, value / most)))

    drawn = []
    if people:
        a, b = (x(p) for p in people)
        hover = element("title", "one octave: the bandwidth of people")
        drawn.append(element("g", hover, _box(a, y(most), b - a, y(0) - y(most))))
    for value in range(int(most) + 1):
        at = y(value)
        kind = "zero" if value == 0 else "grid"
        drawn.append(element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_=kind))
        drawn.append(element("text", str(value), x=LEFT - 8, y=at + 4, text_anchor="end"))
    for i, center in enumerate(centers):
        drawn.append(_text(say.number(center), x(i), HEIGHT - BOTTOM + 17))
    drawn.append(_text("cycles a picture", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6))
    path = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in curve)
    drawn.append(element("polyline", points=path, class_="curve"))
    for i, (center, e) in enumerate(zip(centers, points, strict=True)):
        said = f"{say.number(center)} cycles: {_said(e)}"
        drawn.append(_point(x(i), y(e.value), y(e.low), y(e.high), said))
    box = f"0 0 {WIDTH} {HEIGHT}"
    return element(
        "svg", element("title", label), element("g", *drawn, class_="m0"), class_="lines channel",
        viewBox=box, role="img", aria_label=label,
    )  # fmt: skip


def _text(words: str, x: float, y: float) -> Markup:
    return element("text", words, x=x, y=y, text_anchor="middle")


def _box(x: float, y: float, width: float, height: float) -> Markup:
    return element("rect", x=x, y=y, width=width, height=height, class_="human")


def _point(x: float, y: float, low: float, high: float, label: str) -> Markup:
    bar = element("line", x1=x, x2=x, y1=low, y2=high, class_="curve")
    return element("g", element("title", label), bar, element("circle", cx=x, cy=y, r=4, class_="dot"))


def _said(e: Estimate) -> str:
    return f"{say.number(e.value)} octaves ({say.number(e.low)} to {say.number(e.high)})"
