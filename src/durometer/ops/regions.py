"""A part of an object: so much of its area, from one side or from the middle."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.masks import centroid

SIDES = ("top", "bottom", "left", "right", "center")


def part(mask: Tensor, start: str, extent: float) -> Tensor:
    """Return (B, 1, H, W): the mask's pixels nearest a side until they make up this share of its area.

    Pixels are taken whole, row by row or column by column, the last row or column in part; from the center,
    by distance from the centroid. So the share is met to within a pixel.

    Args:
        mask: (B, 1, H, W) in [0, 1].
        start: One of `SIDES`.
        extent: Share of the area, 0 to 1.
    """
    order = rank(mask, start)
    weight = mask.flatten(1).mul(65536).round().long().gather(1, order)
    before = weight.cumsum(dim=1) - weight
    limit = (weight.sum(dim=1, keepdim=True).double() * extent).round().long()
    chosen = torch.zeros_like(mask.flatten(1)).scatter_(1, order, (before < limit).to(mask))
    return chosen.reshape(mask.shape) * (mask > 0)


def rank(mask: Tensor, start: str) -> Tensor:
    """Return (B, H·W) positions in the order in which a part grows; equal ones in the order of reading."""
    height, width = mask.shape[-2:]
    y, x = torch.meshgrid(
        torch.arange(height, device=mask.device), torch.arange(width, device=mask.device), indexing="ij"
    )
    if start == "center":
        at = centroid(mask)
        right, down = (at[:, i, None, None] for i in (0, 1))
        far = ((x + 0.5 - right).square() + (y + 0.5 - down).square()).flatten(1)
        return far.argsort(dim=1, stable=True)
    far = {"top": y, "bottom": height - 1 - y, "left": x, "right": width - 1 - x}[start]
    return far.flatten().argsort(stable=True).expand(len(mask), -1)
