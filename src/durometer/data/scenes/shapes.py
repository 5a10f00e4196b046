"""The eight classes: shapes as polygons of area 1 about their centroid, upright, y down."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from durometer.data.scenes.exact import cos_sin

Point = tuple[float, float]
Loop = tuple[Point, ...]
Polygon = tuple[Loop, ...]
"""Closed loops; a hole runs the other way round than what it is cut from."""
Vertices = npt.NDArray[np.float64]

ROUND = 48
"""Corners of a full circle: at 64 pixels the chord leaves the arc by less than 1/20 of a pixel."""
LABELS = ("circle", "square", "triangle", "star", "cross", "ring", "crescent", "arrow")


def edges(label: str, *, turn: float, stretch: float) -> tuple[Vertices, Vertices]:
    """Return the edges of a shape of area 1, centroid at the origin: (starts, ends), each (E, 2) of (x, y).

    Args:
        label: One of `LABELS`.
        turn: Degrees counterclockwise as seen, from upright.
        stretch: Width is multiplied and height divided by it, before the turn; the area stays.
    """
    starts, ends = _upright(label)
    cosine, sine = cos_sin(turn)
    # columns x and y; y points down, so a counterclockwise turn as seen is this one
    turned = [
        np.stack((cosine * x + sine * y, cosine * y - sine * x), axis=1)
        for x, y in ((p[:, 0] * stretch, p[:, 1] / stretch) for p in (starts, ends))
    ]
    return turned[0], turned[1]


@cache
def _upright(label: str) -> tuple[Vertices, Vertices]:
    loops = _normal(_polygon(label))
    starts = [p for loop in loops for p in loop]
    ends = [p for loop in loops for p in (*loop[1:], loop[0])]
    return np.array(starts), np.array(ends)


def _normal(loops: Polygon) -> Polygon:
    area, (x0, y0) = area_and_centroid(loops)
    scale = 1.0 / math.sqrt(abs(area))
    return tuple(tuple(((x - x0) * scale, (y - y0) * scale) for x, y in loop) for loop in loops)


def area_and_centroid(loops: Polygon) -> tuple[float, Point]:
    """Return a polygon's signed area and centroid (the shoelace formula, its sums rounded once)."""
    pieces = [(a, b) for loop in loops for a, b in zip(loop, (*loop[1:], loop[0]), strict=True)]
    cross = [a[0] * b[1] - b[0] * a[1] for a, b in pieces]
    area = math.fsum(cross) / 2.0
    x, y = (math.fsum((a[k] + b[k]) * c for (a, b), c in zip(pieces, cross, strict=True)) for k in (0, 1))
    return area, (x / (6.0 * area), y / (6.0 * area))


def _polygon(label: str) -> Polygon:
    if label == "circle":
        return (_arc(1.0, 0.0, 360.0, ROUND),)
    if label == "ring":
        return (_arc(1.0, 0.0, 360.0, ROUND), _arc(0.5, 0.0, 360.0, ROUND)[::-1])
    if label == "triangle":
        return (_arc(1.0, 90.0, 450.0, 3),)
    if label == "star":
        outer, inner = _arc(1.0, 90.0, 450.0, 5), _arc(0.52, 126.0, 486.0, 5)
        return (tuple(p for pair in zip(outer, inner, strict=True) for p in pair),)
    if label == "crescent":
        return (_crescent(),)
    return (OUTLINES[label],)


def _arc(radius: float, start: float, stop: float, steps: int) -> Loop:
    """Points on a circle, counterclockwise as seen, without the last one."""
    turns = [cos_sin(start + (stop - start) * k / steps) for k in range(steps)]
    return tuple((radius * c, -radius * s) for c, s in turns)


def _crescent() -> Loop:
    """A disk with a bite, open to the right: the bite's circle has its diameter between the horns at ±55°."""
    c, s = cos_sin(55.0)
    return (*_arc(1.0, 55.0, 305.0, 32), *((c + x, y) for x, y in _arc(s, 270.0, 90.0, 24)))


OUTLINES: dict[str, Loop] = {
    "square": ((-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)),
    "cross": (
        (-1.0, -3.0), (-1.0, -1.0), (-3.0, -1.0), (-3.0, 1.0), (-1.0, 1.0), (-1.0, 3.0),
        (1.0, 3.0), (1.0, 1.0), (3.0, 1.0), (3.0, -1.0), (1.0, -1.0), (1.0, -3.0),
    ),
    "arrow": ((0.0, -4.0), (-3.5, 0.0), (-1.75, 0.0), (-1.75, 3.5), (1.75, 3.5), (1.75, 0.0), (3.5, 0.0)),
}  # fmt: skip
"""Corners counterclockwise as seen; the unit is anything, the area becomes 1."""
