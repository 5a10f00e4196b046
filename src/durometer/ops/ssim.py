"""Structural similarity: how alike two pictures are in level, contrast and pattern, window by window."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

SIDE, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2
"""Of values in [0, 1]."""


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Return (B,): the mean structural similarity of pictures (B, 1, H, W) in [0, 1]; 1 where they are equal.

    Windows are Gaussian, 11 pixels wide with sigma 1.5; beyond the canvas everything is 0, as in BASNet's
    code (Wang et al., 2004; Qin et al., 2019). Differentiable.
    """
    return similarity(x, y).mean(dim=(1, 2, 3))


def similarity(x: Tensor, y: Tensor) -> Tensor:
    """Return (B, 1, H, W): the structural similarity of the window around each pixel; see `ssim`."""
    seen = _blur(torch.cat((x, y, x * x, y * y, x * y), dim=1))
    a, b, square_a, square_b, product = (seen[:, k : k + 1] for k in range(5))
    spread_a, spread_b, both = square_a - a * a, square_b - b * b, product - a * b
    level = (2 * a * b + C1) / (a * a + b * b + C1)
    pattern = (2 * both + C2) / (spread_a + spread_b + C2)
    found: Tensor = level * pattern
    return found


def _blur(x: Tensor) -> Tensor:
    return _band(x.shape[-2]).to(x) @ x @ _band(x.shape[-1]).to(x)


@cache
def _band(n: int) -> Tensor:
    """Return (n, n): row i holds the window around i; on the CPU far faster than a convolution."""
    away = torch.arange(n, dtype=torch.float64)[:, None] - torch.arange(n, dtype=torch.float64)
    weights = torch.exp(-away.square() / (2 * SIGMA**2)) * (away.abs() <= SIDE // 2)
    whole = sum(math.exp(-((k - SIDE // 2) ** 2) / (2 * SIGMA**2)) for k in range(SIDE))
    return weights / whole
