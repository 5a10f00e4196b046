"""PIL's BOX filter, byte for byte: weights of 22 bits, rows then columns, each rounded to 8 bits."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

BITS = 22


def pil_box(x: Tensor, height: int, width: int) -> Tensor:
    """Return (B, C, height, width) float32 on the 8-bit grid: what `Image.resize(…, Image.BOX)` gives.

    Along the rows first, as in the releases that made the published data. Pillow 13 takes the columns first
    in tall pictures (seen from 2.5 times as tall as wide): there a value may be one level off.

    Sums are of whole numbers below 2**53 in float64, hence exact in any order and on any device.

    Args:
        x: (B, C, H, W) in [0, 1]; taken at the nearest of 256 gray levels.
        height: New height, 1 or more.
        width: New width, 1 or more.
    """
    levels = x.mul(255).round().clamp(0, 255)
    for axis, new in ((-1, width), (-2, height)):
        old = levels.shape[axis]
        if new > old:  # each new pixel is one of the old
            levels = levels.index_select(axis, weights(old, new).argmax(1).to(x.device))
        elif new < old:
            summed = levels.transpose(axis, -1).double() @ weights(old, new).to(x.device).T
            levels = _eight_bits(summed).to(x.dtype).transpose(axis, -1)
    return levels.div(255).contiguous()


@lru_cache(maxsize=16)
def weights(old: int, new: int) -> Tensor:
    """Return (new, old) float64 whole numbers: what each old pixel adds to a new one, in 2**-22."""
    scale = old / new
    stretch = max(scale, 1.0)
    result = torch.zeros(new, old, dtype=torch.float64)
    for i in range(new):
        center = (i + 0.5) * scale
        first, last = max(int(center - stretch / 2 + 0.5), 0), min(int(center + stretch / 2 + 0.5), old)
        inside = [-0.5 < (j - center + 0.5) * (1 / stretch) <= 0.5 for j in range(first, last)]
        share = 1 / max(1, sum(inside))
        result[i, first:last] = torch.tensor([int(0.5 + share * k * 2**BITS) for k in inside])
    return result


def _eight_bits(sums: Tensor) -> Tensor:
    """Divide by 2**22, the nearest whole number, in 0 … 255."""
    return torch.floor((sums + 2 ** (BITS - 1)) / 2**BITS).clamp(0, 255)
