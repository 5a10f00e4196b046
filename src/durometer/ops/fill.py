"""Remove the object and fill its place from the surroundings."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.masks import TRACE, dilate
from durometer.ops.membrane import membrane
from durometer.ops.shift_map import shift_map
from durometer.ops.transplant import detail, transplant

RIM = 0.012
"""How far beyond the mask the hole reaches, as a share of the short side: masks are never exact."""
CYCLES = 2
"""V-cycles of the membrane: within 3 gray levels of its end, far below its distance from the truth."""
AT_ONCE = 8
"""So many pictures are filled together: the shifts of each take a few megabytes."""
NOTHING_KNOWN = 0.5
"""The gray that stands where the mask leaves no background at all."""


def hole_of(mask: Tensor) -> Tensor:
    """Return (B, 1, H, W) of 0 and 1: the mask and a rim around it, which no trace of the object survives."""
    return dilate((mask > TRACE).to(mask.dtype), rim(mask.shape[-2], mask.shape[-1]))


def rim(height: int, width: int) -> int:
    """Return the width of the rim in pixels: 3 at 256, at least 1."""
    return max(1, round(RIM * min(height, width)))


def fill(x: Tensor, mask: Tensor) -> Tensor:
    """Return the picture with the object removed; beyond the mask and its rim every pixel is untouched.

    Args:
        x: (B, C, H, W) in [0, 1].
        mask: (B, 1, H, W) in [0, 1]: any number of parts, touching the edge or not, soft or hard.
    """
    hole = hole_of(mask)
    return fill_hole(x, hole)


def fill_hole(x: Tensor, hole: Tensor) -> Tensor:
    """Return the picture with a hole (B, 1, H, W) of 0 and 1 filled exactly as given; see `fill`."""
    parts = range(0, len(x), AT_ONCE)
    return torch.cat([_fill(x[i : i + AT_ONCE], hole[i : i + AT_ONCE]) for i in parts])


def _fill(x: Tensor, hole: Tensor) -> Tensor:
    """What is coarser than a cell from the membrane, what is finer copied from the background."""
    known = 1 - hole
    smooth = membrane(x, known, cycles=CYCLES)
    shifts = shift_map(smooth, hole)  # not x: its slopes at the rim would know the object
    copied, present = transplant(x, known, shifts)
    filled = (smooth + detail(copied, present, shifts.cell)).clamp(0, 1)
    nothing = hole.flatten(1).amin(dim=1) > 0
    filled = torch.where(nothing[:, None, None, None], NOTHING_KNOWN, filled)
    return torch.where(hole > 0, filled, x)
