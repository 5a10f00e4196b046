"""Smoothing and resampling of whole pictures."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def gaussian_blur(x: Tensor, sigma: float) -> Tensor:
    """Return (B, C, H, W) smoothed by a Gaussian of this many pixels, cut at 3 sigma, mirrored at the edges.

    Neighbors left and right are added before they are weighted, one distance at a time: each pixel is the
    same sum in any batch, which a convolution does not promise.
    """
    if sigma == 0:
        return x
    return _blur_rows(_blur_rows(x, sigma).mT, sigma).mT.contiguous()


def reflect(index: Tensor, n: int) -> Tensor:
    """Return indices mirrored into 0 … n − 1, the edge pixel repeated: −1 → 0, −2 → 1, n → n − 1."""
    index = index % (2 * n)
    return torch.where(index < n, index, 2 * n - 1 - index)


def lower(x: Tensor, side: int) -> Tensor:
    """Return x shrunk, antialiased, to a short side of `side` pixels, and enlarged again, both bilinear."""
    height, width = x.shape[-2:]
    if side >= min(height, width):
        return x
    ratio = side / min(height, width)
    small = F.interpolate(
        x, size=(max(1, round(height * ratio)), max(1, round(width * ratio))), mode="bilinear", antialias=True
    )
    return F.interpolate(small, size=(height, width), mode="bilinear").clamp(0, 1)


def _blur_rows(x: Tensor, sigma: float) -> Tensor:
    n = x.shape[-1]
    reach = max(1, math.ceil(3 * sigma))
    weights = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(reach + 1)]
    whole = weights[0] + 2 * sum(weights[1:])
    wide = x[..., reflect(torch.arange(-reach, n + reach, device=x.device), n)]
    out = wide[..., reach : reach + n] * (weights[0] / whole)
    for k in range(1, reach + 1):
        pair = wide[..., reach - k : reach - k + n] + wide[..., reach + k : reach + k + n]
        out = out + pair * (weights[k] / whole)
    return out
