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

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw (B, times, 2, H, W) in [0, 1): of each pixel the neighbor's place, across and down."""
        return {"places": dice.uniform("places", (self.constants[2], 2, *shape[1:]))}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) seen through glass, each sample's pixels taken over as drawn."""
        sigma, reach, _ = self.constants
        levels = x.double().mul_(255 * FINE).round_().div_(FINE)
        before = smooth(levels, sigma).add_(HAIR).floor_().to(x).div_(255)
        offsets = (drawn["places"] * (2 * reach)).int().clamp_max_(2 * reach - 1).sub_(reach)
        shown = sources(offsets, reach)[:, None].expand(-1, x.shape[1], -1)
        taken = before.flatten(2).gather(2, shown)
        return smooth(taken.reshape(x.shape), sigma)


def sources(offsets: Tensor, reach: int) -> Tensor:
    """Return (B, H · W) int64: which pixel of its picture each pixel shows after all passes.

    Args:
        offsets: (B, times, 2, H, W) int32, the neighbor's distance across and down, from −reach to reach − 1.
        reach: How near to the edge pixels are left alone.
    """
    count, _, _, height, width = offsets.shape
    here = torch.arange(count * height * width, dtype=torch.int32, device=offsets.device)
    steps = (offsets[:, :, 1] * width + offsets[:, :, 0]) * _moving(height, width, reach, offsets.device)
    shown = here
    for step in steps.unbind(1):
        shown = shown.index_select(0, _one_pass(here, step.flatten()))
    first = torch.arange(count, device=offsets.device)[:, None] * (height * width)
    return shown.reshape(count, -1) - first


def _moving(height: int, width: int, reach: int, device: torch.device) -> Tensor:
    """Return (H, W) int32: 1 where a pixel takes over a neighbor, 0 near the edge."""
    rows = torch.arange(height, device=device)[:, None]
    columns = torch.arange(width, device=device)[None]
    moves = (rows > reach) & (rows <= height - reach) & (columns > reach) & (columns <= width - reach)
    return moves.int()


def _one_pass(here: Tensor, step: Tensor) -> Tensor:
    """Return (N,) int32 of one pass, to the bit what the published loop over pixels does.

    A pixel shows its neighbor as that one is when its turn comes: taken over itself if its turn was before
    (the neighbor stands further on), else as it was. Pointers forward thus end at a pixel that looks back or
    at itself, and following them twice as far in each step ends after the logarithm of the longest chain.
    """
    there = here + step
    last = here + step.clamp_min(0)
    for _ in range(len(here).bit_length()):
        further = last.index_select(0, last)
        if here.device.type == "cpu" and torch.equal(further, last):  # elsewhere asking would cost more
            break
        last = further
    return there.index_select(0, last)
