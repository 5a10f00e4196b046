"""The picture through rough glass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.smooth import smooth

HAIR = 1e-6
"""Of a gray level: added before levels are cut to whole ones, so that rounding can't cost a level."""
FINE = 4096
"""Parts of a gray level that pixels are read to: float32 has whole levels only to eight millionths."""


@dataclass(frozen=True)
class GlassBlur(Corruption):
    """Smooth, let each pixel take over a neighbor, smooth again.

    The constants are sigma, the largest distance d and how often the picture is gone through, from the bottom
    right to the top left. As published: what was written as a swap of two pixels is a copy from the
    neighbor (both sides of the assignment look at the same memory); distances run from −d to d − 1; pixels
    nearer to the edge than that take part only as neighbors; levels are cut to whole ones in between.
    """

    name: ClassVar[str] = "glass-blur"
    one_by_one: ClassVar[bool] = True

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw (B, times, 2, H, W) in [0, 1): of each pixel the neighbor's place, across and down."""
        return {"places": dice.uniform("places", (self.constants[2], 2, *shape[1:]))}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) seen through glass, each sample's pixels taken over as drawn."""
        sigma, reach, _ = self.constants
        levels = x.double().mul(255 * FINE).round().div(FINE)
        before = smooth(levels, sigma).add(HAIR).floor().to(x).div(255)
        offsets = (drawn["places"] * (2 * reach)).long().clamp(max=2 * reach - 1) - reach
        taken = [
            p.flatten(1).index_select(1, sources(o, reach)) for p, o in zip(before, offsets, strict=True)
        ]
        return smooth(torch.stack(taken).reshape(x.shape), sigma)


def sources(offsets: Tensor, reach: int) -> Tensor:
    """Return (H · W,): which pixel of the picture each pixel shows after all passes.

    Args:
        offsets: (times, 2, H, W) int64, the neighbor's distance across and down, from −reach to reach − 1.
        reach: How near to the edge pixels are left alone.
    """
    shown = torch.arange(offsets[0, 0].numel(), device=offsets.device)
    for across, down in offsets:
        shown = shown.index_select(0, _one_pass(across, down, reach))
    return shown


def _one_pass(across: Tensor, down: Tensor, reach: int) -> Tensor:
    """Return (H · W,) of one pass, to the bit what the published loop over pixels does.

    A pixel shows its neighbor as that one is when its turn comes: taken over itself if its turn was before,
    else as it was. So each pixel points to a pixel, or to a place as it was, and following pointers
    twice as far in each step ends after the logarithm of the longest chain.
    """
    height, width = across.shape
    n = height * width
    rows = torch.arange(height, device=across.device)[:, None]
    columns = torch.arange(width, device=across.device)[None]
    moves = (rows > reach) & (rows <= height - reach) & (columns > reach) & (columns <= width - reach)
    here = rows * width + columns
    there = torch.where(moves, here + down * width + across, here).flatten()
    later = moves.flatten().index_select(0, there) & (there > here.flatten())
    point = torch.where(later, there, there + n)
    point = torch.cat((point, torch.arange(n, 2 * n, device=point.device)))
    while bool((point[:n] < n).any()):
        point = point.index_select(0, point)
    return point[:n] - n
