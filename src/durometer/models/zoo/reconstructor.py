"""A small network that takes the folding out of undersampled pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STEP = 4
"""Sides are filled up to a multiple of it."""


class Reconstructor(nn.Module):
    """A U-Net of two levels on 2×2 cells that says what to add to its input.

    Takes (B, 1, H, W) in [0, 1], any H and W from 8 on; returns (B, 1, H, W).

    Args:
        widths: Channels at half and at a quarter of the side.
    """

    def __init__(self, *, widths: tuple[int, int] = (32, 64)) -> None:
        super().__init__()
        fine, coarse = widths
        self.first = _twice(4, fine)
        self.down = nn.Sequential(nn.Conv2d(fine, coarse, 3, stride=2, padding=1), nn.ReLU())
        self.low = _twice(coarse, coarse)
        self.up = nn.Conv2d(coarse, fine, 1)
        self.last = nn.Sequential(_twice(2 * fine, fine), nn.Conv2d(fine, 4, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus what was found missing."""
        height, width = x.shape[-2:]
        cells = F.pixel_unshuffle(F.pad(x, (0, -width % STEP, 0, -height % STEP), mode="replicate"), 2)
        fine = self.first(cells)
        low = self.up(self.low(self.down(fine)))
        up = F.interpolate(low, scale_factor=2.0, mode="bilinear", align_corners=False)
        missing = F.pixel_shuffle(self.last(torch.cat((fine, up), dim=1)), 2)
        return x + missing[..., :height, :width]


def _twice(inside: int, outside: int) -> nn.Sequential:
    """Return two 3×3 convolutions with ReLU."""
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1), nn.ReLU(),
        nn.Conv2d(outside, outside, 3, padding=1), nn.ReLU(),
    )  # fmt: skip
