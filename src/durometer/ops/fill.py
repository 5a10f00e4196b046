"""Remove the object and fill its place from the surroundings."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.masks import TRACE, dilate
from durometer.ops.membrane import membrane

RIM = 0.012
"""How far beyond the mask the hole reaches, as a share of the short side: masks are never exact."""
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
    known = 1 - hole
    filled = membrane(x, known).clamp(0, 1)
    nothing = hole.flatten(1).amin(dim=1) > 0
    filled = torch.where(nothing[:, None, None, None], NOTHING_KNOWN, filled)
    return torch.where(hole > 0, filled, x)
