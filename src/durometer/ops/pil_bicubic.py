"""PIL's BICUBIC filter, byte for byte: weights of 22 bits, rows then columns, each rounded to 8 bits."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

BITS = 22
REACH = 2.0
"""Of the filter on either side, in pixels of the coarser of the two grids."""
SHARPNESS = -0.5
"""The free parameter of Keys (1981), as in PIL."""


def pil_bicubic(x: Tensor, height: int, width: int) -> Tensor:
    """Return (B, C, height, width) float32 on the 8-bit grid: what `Image.resize(…, Image.BICUBIC)` gives.

    Along the rows first, as every Pillow before 13. Pillow 13 takes the columns first in tall pictures: there
    a value may be a gray level or two off.

    Sums are of whole numbers below 2**53 in float64, hence exact in any order and on any device.

    Args:
        x: (B, C, H, W) in [0, 1]; taken at the nearest of 256 gray levels.
        height: New height, 1 or more.
        width: New width, 1 or more.
    """
    levels = x.mul(255).round().clamp(0, 255)
    for axis, new in ((-1, width), (-2, height)):
        old = levels.shape[axis]
        if new != old:
            summed = levels.transpose(axis, -1).double() @ weights(old, new).to(x.device).T
            rounded = torch.floor((summed + 2 ** (BITS - 1)) / 2**BITS).clamp(0, 255)
            levels = rounded.to(x.dtype).transpose(axis, -1)
    return levels.div(255).contiguous()


def down_and_up(x: Tensor, side: int) -> Tensor:
    """Return pictures (B, C, H, W) taken down to a short side of `side` pixels and back to their size.

    The long side is cut to a whole number of pixels, as torchvision's `Resize` cuts it. Pictures no larger
    than that come back as they are.
    """
    height, width = x.shape[-2:]
    short = min(height, width)
    if side >= short:
        return x
    return pil_bicubic(pil_bicubic(x, side * height // short, side * width // short), height, width)


@lru_cache(maxsize=16)
def weights(old: int, new: int) -> Tensor:
    """Return (new, old) float64 whole numbers: what each old pixel adds to a new one, in 2**-22."""
    scale = old / new
    stretch = max(scale, 1.0)
    result = torch.zeros(new, old, dtype=torch.float64)
    for i in range(new):
        center, reach = (i + 0.5) * scale, REACH * stretch
        first, last = max(int(center - reach + 0.5), 0), min(int(center + reach + 0.5), old)
        shares = [bicubic((j - center + 0.5) * (1 / stretch)) for j in range(first, last)]
        whole = sum(shares)
        # C's cast to int cuts toward zero, as Python's does
        result[i, first:last] = torch.tensor(
            [int((0.5 if s >= 0 else -0.5) + s / whole * 2**BITS) for s in shares], dtype=torch.float64
        )
    return result


def bicubic(at: float) -> float:
    """Return the filter's height at a distance in pixels."""
    a, d = SHARPNESS, abs(at)
    if d < 1:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    if d < REACH:
        return (((d - 5) * d + 8) * d - 4) * a
    return 0.0
