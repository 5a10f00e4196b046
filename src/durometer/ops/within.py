"""Smoothing and measuring inside a mask, so that nothing of what lies outside comes in."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.color import luma
from durometer.ops.exact import total
from durometer.ops.filters import gaussian_blur

FAINT = 1e-4


def blur_within(x: Tensor, mask: Tensor, sigma: float) -> Tensor:
    """Return (B, C, H, W) smoothed over the mask only, blur(x · mask) / blur(mask); far from it as it is.

    Args:
        x: (B, C, H, W).
        mask: (B, 1, H, W) in [0, 1].
        sigma: In pixels.
    """
    if sigma == 0:
        return x
    both = gaussian_blur(torch.cat((x * mask, mask), dim=1), sigma)
    near = both[:, -1:]
    return torch.where(near > FAINT, both[:, :-1] / near.clamp_min(FAINT), x)


def mean_within(x: Tensor, mask: Tensor) -> Tensor:
    """Return (B,) float64: the mean of (B, 1, H, W) over the mask; 0 for an empty mask."""
    return total(x * mask) / total(mask).clamp_min(FAINT)


def slope_within(x: Tensor, mask: Tensor) -> Tensor:
    """Return (B,) float64: the mean step of brightness between neighbors that both lie in the mask."""
    gray = luma(x)
    beside, below = mask[..., 1:] * mask[..., :-1], mask[..., 1:, :] * mask[..., :-1, :]
    right = (gray[..., 1:] - gray[..., :-1]).abs() * beside
    down = (gray[..., 1:, :] - gray[..., :-1, :]).abs() * below
    return (total(right) + total(down)) / (total(beside) + total(below)).clamp_min(FAINT)


def ratios(new: Tensor, old: Tensor) -> list[float | None]:
    """Return new / old as plain numbers to four digits, None where old is 0."""
    pairs = zip(new.tolist(), old.tolist(), strict=True)
    return [round(n / o, 4) if o > 0 else None for n, o in pairs]
