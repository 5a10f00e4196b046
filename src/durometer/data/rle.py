"""COCO's three ways to write a mask: polygons, run lengths, and run lengths packed into text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from durometer.data.images import Array


def runs_to_mask(counts: Sequence[int], height: int, width: int) -> Array:
    """Return (H, W) bool from run lengths: column by column, starting with a run of zeros.

    Raises:
        ValueError: if the runs don't add up to height × width.
    """
    runs = np.asarray(counts, dtype=np.int64)
    if (runs < 0).any() or runs.sum() != height * width:
        raise ValueError(f"its runs add up to {runs.sum()}, not to {height} × {width}")
    values = np.arange(len(runs)) % 2 == 1
    mask: Array = np.repeat(values, runs).reshape(width, height).T
    return mask


def unpack(text: str) -> list[int]:
    """Return the run lengths of COCO's packed text (the `counts` string).

    Each number is written in groups of five bits, lowest first, one character (code 48 + group) a group; 32
    says that another group follows, 16 in the last group that the number is negative. From the fourth number
    on, what is written is the difference to the number two places before.

    Raises:
        ValueError: if the text ends within a number or holds a strange character.
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        group = ord(character) - 48
        if not 0 <= group < 64:
            raise ValueError(f"{character!r} is not a character of packed runs")
        value |= (group & 31) << shift
        shift += 5
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("the packed runs end within a number")
    return counts


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
