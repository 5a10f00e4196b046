"""COCO's polygons as masks; its run lengths are in `durometer.ops.runs`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from durometer.data.images import Array


def polygon_to_mask(corners: Sequence[float], height: int, width: int) -> Array:
    """Return (H, W) bool: the pixels whose center lies inside x0, y0, x1, y1, … by the even-odd rule.

    Raises:
        ValueError: with fewer than three corners, or an odd count of numbers.
    """
    points = np.asarray(corners, dtype=np.float64)
    if points.ndim != 1 or len(points) < 6 or len(points) % 2 or not np.isfinite(points).all():
        raise ValueError("a polygon needs at least three corners, each with an x and a y")
    points = points.reshape(-1, 2)
    toggles = np.zeros((height, width + 1), dtype=np.int64)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        _toggle_right_of_edge(toggles, x0, y0, x1, y1)
    inside: Array = np.cumsum(toggles, axis=1)[:, :width] % 2 == 1
    return inside


def _toggle_right_of_edge(toggles: Array, x0: float, y0: float, x1: float, y1: float) -> None:
    """Toggle in every row that an edge crosses the first pixel whose center is right of the crossing."""
    height, width = toggles.shape[0], toggles.shape[1] - 1
    top, bottom = sorted((y0, y1))
    # rows whose center y lies in [top, bottom): a corner shared by two edges counts once
    first, last = max(0, int(np.ceil(top - 0.5))), min(height, int(np.ceil(bottom - 0.5)))
    if first >= last:
        return
    rows = np.arange(first, last)
    crossing = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
    toggles[rows, np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)] += 1
