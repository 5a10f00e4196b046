"""Clouds by diamonds and squares (Fournier, Fussell and Carpenter, 1982), as the published fog has them."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def side(height: int, width: int) -> int:
    """Return the side of the map: the least power of two, 2 at least, that covers the picture."""
    return max(2, 1 << (max(height, width) - 1).bit_length())


def plasma(noise: Tensor, decay: float) -> Tensor:
    """Return (B, n, n) clouds in [0, 1] that would tile, their lowest value 0 and their highest 1.

    Args:
        noise: (B, n² − 1) uniform in [−1, 1], the coarsest level first; of each level the squares row by
            row, then the diamonds above and beside them.
        decay: How much calmer each level is than the one before; the published code uses the amplitude twice,
            so noise falls by its square.
    """
    n = math.isqrt(noise.shape[1] + 1)
    clouds = noise.new_zeros(noise.shape[0], n, n)
    step, start, wobble = n, 0, 100.0
    while step >= 2:
        cells = (n // step) ** 2
        level = noise[:, start : start + 3 * cells].reshape(-1, 3, n // step, n // step) * wobble**2
        _refine(clouds, step, level)
        step, start, wobble = step // 2, start + 3 * cells, wobble / decay
    clouds = clouds - clouds.amin(dim=(1, 2), keepdim=True)
    return clouds / clouds.amax(dim=(1, 2), keepdim=True)


def _refine(clouds: Tensor, step: int, noise: Tensor) -> None:
    """Fill the squares and diamonds between points `step` apart, in place."""
    half = step // 2
    corners = clouds[:, ::step, ::step].clone()
    two = corners + torch.roll(corners, -1, 1)
    middles = (two + torch.roll(two, -1, 2)) / 4 + noise[:, 0]
    clouds[:, half::step, half::step] = middles
    across = middles + torch.roll(middles, 1, 1) + (corners + torch.roll(corners, -1, 2))
    clouds[:, ::step, half::step] = across / 4 + noise[:, 1]
    along = middles + torch.roll(middles, 1, 2) + (corners + torch.roll(corners, -1, 1))
    clouds[:, half::step, ::step] = along / 4 + noise[:, 2]
