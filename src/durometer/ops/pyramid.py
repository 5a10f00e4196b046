"""Halving and doubling images, with weights: the two steps of everything multiscale."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def halve(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return the image at half size (odd sides rounded up) and its weight, the mean over each 2×2 cell.

    A cell's value is the weighted mean of its known pixels, 0 where none is known. The weight has one channel
    for all or one for each.
    """
    both = mean_cells(torch.cat((x * weight, weight), dim=1))
    value, known = both[:, : x.shape[1]], both[:, x.shape[1] :]
    return value / known.clamp_min(1e-12), known


def mean_cells(x: Tensor) -> Tensor:
    """Return the mean over each 2×2 cell; odd sides are rounded up, what is missing counts as 0."""
    odd = (0, x.shape[-1] % 2, 0, x.shape[-2] % 2)
    return F.avg_pool2d(F.pad(x, odd) if any(odd) else x, 2)


def even(x: Tensor) -> Tensor:
    """Return x with its last row or column repeated where a side is odd."""
    odd = (0, x.shape[-1] % 2, 0, x.shape[-2] % 2)
    return F.pad(x, odd, mode="replicate") if any(odd) else x


def double(x: Tensor, height: int, width: int) -> Tensor:
    """Return the image at twice the size, bilinear, cut to (height, width)."""
    big = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    return big[..., :height, :width]


def pyramid(x: Tensor, known: Tensor, *, smallest: int = 1) -> list[tuple[Tensor, Tensor]]:
    """Return [(image, weight)] from full size down to sides of at most `smallest`."""
    levels = [(x, known)]
    while max(levels[-1][0].shape[-2:]) > smallest:
        levels.append(halve(*levels[-1]))
    return levels
