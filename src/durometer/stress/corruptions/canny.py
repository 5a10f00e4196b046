"""Edges of a gray picture (Canny, 1986), in whole numbers as OpenCV finds them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

TAN = 13573
"""Tangent of 22.5°, times 2**15."""


def canny(gray: Tensor, low: int, high: int) -> Tensor:
    """Return (B, H, W) bool: the edges of gray levels (B, H, W), int64.

    Args:
        gray: From 0 to 255.
        low: Above this slope a crest is an edge if it touches an edge.
        high: Above this slope it is an edge in any case. Slopes are Sobel's, |across| + |down|.
    """
    across, down = _sobel(gray)
    slope = across.abs() + down.abs()
    crest = (slope > low) & _crest(slope, across, down)
    sure = crest & (slope > high)
    return _grown(sure, crest) if gray.device.type == "cpu" else connected(sure, crest)


def _grown(sure: Tensor, crest: Tensor) -> Tensor:
    """Return (B, H, W) of those crests that touch a sure one, by other crests perhaps."""
    while True:
        grown = (F.max_pool2d(sure.float(), 3, 1, 1) > 0) & crest
        if torch.equal(grown, sure):
            return sure
        sure = grown


def connected(sure: Tensor, crest: Tensor) -> Tensor:
    """The same without asking the device when it is done, for those where an answer must be waited for.

    Each part points to the largest pixel that it holds or touches. A part that has no larger neighbor is
    joined by one, or has one a turn later: in two turns at least half of the parts are gone.
    """
    many = sure.numel()
    turns = max(1, (sure.shape[-1] * sure.shape[-2]).bit_length())
    part = torch.arange(many, device=sure.device)
    for _ in range(2 * turns):
        # max pooling of whole numbers, exact in float64
        own = torch.where(crest, part.reshape(sure.shape) + 1, 0).double()
        beside = F.max_pool2d(own, 3, 1, 1).long().flatten() - 1
        beside = torch.where(crest.flatten(), beside, part)
        part = part.scatter_reduce(0, part, beside, "amax")
        for _ in range(turns):
            part = part.index_select(0, part)
    held = torch.zeros(many, dtype=torch.int64, device=sure.device)
    held = held.scatter_reduce(0, part, sure.flatten().long(), "amax")
    return (held.index_select(0, part) > 0).reshape(sure.shape) & crest


def _sobel(gray: Tensor) -> tuple[Tensor, Tensor]:
    """Return slopes across and down, the edge pixel continued."""
    rows, columns = (torch.arange(-1, n + 1, device=gray.device).clamp(0, n - 1) for n in gray.shape[1:])
    wide = gray[:, rows][:, :, columns]
    tall = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    long = wide[:, :, :-2] + 2 * wide[:, :, 1:-1] + wide[:, :, 2:]
    return tall[:, :, 2:] - tall[:, :, :-2], long[:, 2:] - long[:, :-2]


def _crest(slope: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Return where a slope is the steepest along its own direction, of four."""
    height, width = slope.shape[1:]
    wide = F.pad(slope, (1, 1, 1, 1))

    def beside(i: int, j: int) -> Tensor:
        return wide[:, 1 + i : 1 + i + height, 1 + j : 1 + j + width]

    flat = across.abs() * TAN
    rise = down.abs() << 15
    level = (slope > beside(0, -1)) & (slope >= beside(0, 1))
    upright = (slope > beside(-1, 0)) & (slope >= beside(1, 0))
    falling = (slope > beside(-1, -1)) & (slope > beside(1, 1))
    rising = (slope > beside(-1, 1)) & (slope > beside(1, -1))
    slanted = torch.where((across < 0) == (down < 0), falling, rising)
    steep = torch.where(rise > flat + (across.abs() << 16), upright, slanted)
    return torch.where(rise < flat, level, steep)
