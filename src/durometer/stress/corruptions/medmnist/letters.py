"""Small letters as lines, drawn soft-edged: as large as those of the Hershey fonts, our own in shape."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
UNIT = 3.4
"""Pixels of a step of the grid at scale 1."""
BASE = 2
"""The row of the grid that letters stand on; they are 4 steps high, 6 with what stands out above."""
PEN = 0.8
"""Pixels from the middle of a line to where its ink ends; it fades over the last one."""
STROKES = {
    "a": "4642 4536160503123243", "b": "0802 0516364543321203", "c": "4536160503123243",
    "d": "4842 4536160503123243", "e": "04444536160503123243", "f": "38281712 0636",
    "g": "46413010 4536160503123243", "h": "0802 0516364542", "i": "1612 1818", "j": "161100 1818",
    "k": "0802 4603 1442", "l": "1812", "m": "0602 0516263532 3546566562", "n": "0602 0516364542",
    "o": "160503123243453616", "p": "0600 0516364543321203", "q": "4640 4536160503123243",
    "r": "0602 051626", "s": "45361605143443321203", "t": "18132232 0626", "u": "0603123243 4642",
    "v": "062246", "w": "0612365266", "x": "0642 0246", "y": "062246 2210", "z": "06460242",
}  # fmt: skip
"""Of each letter its lines, points of two digits: steps to the right, steps up."""


def word(text: str, scale: float, start: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Return (H, W) in [0, 1]: how much ink a word leaves on each pixel.

    Args:
        text: Small letters.
        scale: Of the font: 1 has letters 14 pixels high.
        start: (x, y) of the left end of the line that it stands on, in pixels.
        size: (H, W).
    """
    lines = torch.tensor(list(_lines(text)), dtype=torch.float64) * UNIT * scale
    ends = lines * torch.tensor([1, -1]) + torch.tensor(start)  # (n, 2, 2): of each line, (x, y) of both ends
    left, top = ends.amin((0, 1)).floor().long().tolist()
    right, bottom = ends.amax((0, 1)).ceil().long().tolist()
    rows = torch.arange(max(0, top - 1), min(size[0], bottom + 2))
    columns = torch.arange(max(0, left - 1), min(size[1], right + 2))
    ink = torch.zeros(size, dtype=torch.float64)
    ink[rows[:, None], columns] = (PEN - _distance(ends, rows, columns)).clamp(0, 1)
    return ink


def _distance(ends: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return (rows, columns): how far each pixel is from the nearest of the lines."""
    first, way = ends[:, None, None, 0], ends[:, None, None, 1] - ends[:, None, None, 0]
    down, across = torch.meshgrid(rows, columns, indexing="ij")
    away = torch.stack((across, down), -1) - first
    along = ((away * way).sum(-1) / (way * way).sum(-1).clamp_min(1e-12)).clamp(0, 1)
    return (away - along[..., None] * way).square().sum(-1).sqrt().amin(0)


def _lines(text: str) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Each straight line of each letter, letters one after the other, in steps, up from the base line."""
    left = 0
    for letter in text:
        strokes = [
            [(int(stroke[i]) + left, int(stroke[i + 1]) - BASE) for i in range(0, len(stroke), 2)]
            for stroke in STROKES[letter].split()
        ]
        for points in strokes:
            yield from pairwise(points)
        left = 1 + max(x for points in strokes for x, _ in points)
