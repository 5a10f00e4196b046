"""Push–pull: fill what is unknown from ever coarser means of what is known (Gortler et al., 1996)."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.pyramid import double, pyramid


def push_pull(x: Tensor, known: Tensor) -> Tensor:
    """Return x with unknown pixels taken from the coarser levels, known ones untouched.

    Args:
        x: (B, C, H, W).
        known: (B, 1, H, W), or (B, C, H, W) if channels differ, of 0 and 1. Where nothing is known: 0.
    """
    levels = pyramid(x, known)
    value = levels[-1][0]
    for image, weight in reversed(levels[:-1]):
        coarse = double(value, *image.shape[-2:])
        value = torch.where(weight > 0, image, coarse)
    return value
