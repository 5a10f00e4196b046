"""A picture read between its pixels, each sample at places of its own."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Beyond = Literal["held", "mirrored", "mirrored within"]
"""What continues a picture: its edge pixel, its mirror image, or that without the edge pixel itself."""


def bilinear(x: Tensor, across: Tensor, down: Tensor, beyond: Beyond) -> Tensor:
    """Return (B, C, H, W): x between its pixels at columns `across` and rows `down`.

    Places are kept to a hundred-thousandth of a pixel on pictures of a few hundred.

    Args:
        x: (B, C, H, W).
        across: (B, H, W) columns; pixel i stands at i.
        down: (B, H, W) rows.
        beyond: What continues the picture.
    """
    middles = (
        beyond == "mirrored within"
    )  # where −1 and 1 stand: on the middles of the edge pixels or at their ends
    places = [_from_middle(at, n, middles) for at, n in ((across, x.shape[-1]), (down, x.shape[-2]))]
    grid = torch.stack(places, dim=-1).to(x)
    padding = "border" if beyond == "held" else "reflection"
    return F.grid_sample(x, grid, mode="bilinear", padding_mode=padding, align_corners=middles)


def _from_middle(at: Tensor, n: int, middles: bool) -> Tensor:
    """Return places counted from −1 to 1."""
    return (at - (n - 1) / 2) * (2 / (max(1, n - 1) if middles else n))
