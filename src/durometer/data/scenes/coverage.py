"""How much of each pixel a polygon covers, in whole numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from durometer.data.scenes.shapes import Vertices

ROWS = 16
"""Scan lines a pixel; along a line coverage is exact to 1/256 of a pixel."""
FINE = 256


def coverage(starts: Vertices, ends: Vertices, *, size: int) -> npt.NDArray[np.float32]:
    """Return (size, size) in [0, 1]: the share of each pixel inside the polygon, in steps of 1/4096.

    Each scan line is cut by the edges; right of a cut the winding number changes by one, which a difference
    array holds and a running sum spreads (as font rasterizers do). Cuts are rounded to 1/256 pixel, and from
    there on all is integers, so no order of additions can change a bit.

    Args:
        starts: (E, 2) where the edges begin, relative, x right and y down, [0, 1] being the image. Winding
            numbers must be 0 or the same sign's 1: simple loops, holes the other way round.
        ends: (E, 2) where they end.
        size: Side in pixels.
    """
    line, cut, sign = _cuts(starts * size, ends * size, size)
    row, column, part = line // ROWS, cut // FINE, cut % FINE
    wide = size + 2  # a cut at the right border, and what spills over from it
    at = row * wide + column
    change = np.zeros(size * wide, np.int64)
    np.add.at(change, at, sign * (FINE - part))
    np.add.at(change, at + 1, sign * part)
    covered = np.abs(np.cumsum(change.reshape(size, wide), axis=1)[:, :size])
    return covered.astype(np.float32) / np.float32(ROWS * FINE)


def _cuts(
    starts: Vertices, ends: Vertices, size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for every meeting of an edge and a scan line: the line, x in 1/256 pixel, up or down."""
    y0, y1 = starts[:, 1] * ROWS - 0.5, ends[:, 1] * ROWS - 0.5  # scan line k lies at y = k
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    first = np.clip(np.ceil(low), 0, size * ROWS).astype(np.int64)
    count = np.clip(np.ceil(high), 0, size * ROWS).astype(np.int64) - first
    edge = np.repeat(np.arange(len(count)), count)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count - first, count)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    slope = (ends[:, 0] - starts[:, 0]) / rise
    x = starts[edge, 0] + (line - y0[edge]) * slope[edge]
    cut = np.clip(np.floor(x * FINE + 0.5), 0, size * FINE).astype(np.int64)
    return line, cut, np.where(y1 > y0, 1, -1)[edge]
