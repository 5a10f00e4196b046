"""Edges of a gray picture (Canny, 1986), in whole numbers as OpenCV finds them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

TAN = 13573
"""Tangent of 22.5°, times 2**15."""


def canny(gray: Tensor, low: int, high: int) -> Tensor:
    """Return (H, W) bool: the edges of gray levels (H, W), int64.

    Args:
        gray: From 0 to 255.
        low: Above this slope a crest is an edge if it touches an edge.
        high: Above this slope it is an edge in any case. Slopes are Sobel's, |across| + |down|.
    """
    across, down = _sobel(gray)
    slope = across.abs() + down.abs()
    crest = (slope > low) & _crest(slope, across, down)
    edges = crest & (slope > high)
    while True:
        grown = (F.max_pool2d(edges[None, None].float(), 3, 1, 1)[0, 0] > 0) & crest
        if torch.equal(grown, edges):
            return edges
        edges = grown


def _sobel(gray: Tensor) -> tuple[Tensor, Tensor]:
    """Return slopes across and down, the edge pixel continued."""
    rows, columns = (torch.arange(-1, n + 1, device=gray.device).clamp(0, n - 1) for n in gray.shape)
    wide = gray[rows][:, columns]
    tall = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    long = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    return tall[:, 2:] - tall[:, :-2], long[2:] - long[:-2]


def _crest(slope: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Return where a slope is the steepest along its own direction, of four."""
    height, width = slope.shape
    wide = F.pad(slope, (1, 1, 1, 1))

    def beside(i: int, j: int) -> Tensor:
        return wide[1 + i : 1 + i + height, 1 + j : 1 + j + width]

    flat = across.abs() * TAN
    rise = down.abs() << 15
    level = (slope > beside(0, -1)) & (slope >= beside(0, 1))
    upright = (slope > beside(-1, 0)) & (slope >= beside(1, 0))
    falling = (slope > beside(-1, -1)) & (slope > beside(1, 1))
    rising = (slope > beside(-1, 1)) & (slope > beside(1, -1))
    slanted = torch.where((across < 0) == (down < 0), falling, rising)
    steep = torch.where(rise > flat + (across.abs() << 16), upright, slanted)
    return torch.where(rise < flat, level, steep)
