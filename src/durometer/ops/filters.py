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
    reach = max(1, math.ceil(3 * sigma))
    weights = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(reach + 1)]
    whole = weights[0] + 2 * sum(weights[1:])
    shares = [w / whole for w in weights]
    # on the CPU plane by plane, so that a plane stays in the cache
    parts = x.flatten(0, 1) if x.device.type == "cpu" else (x,)
    done = [_weighted(_weighted(part, shares, -1), shares, -2) for part in parts]
    return torch.stack(done).reshape(x.shape)


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


def _weighted(plane: Tensor, shares: list[float], dim: int) -> Tensor:
    """Return (…, H, W) with neighbors along an axis added up, `shares[k]` of those at distance k."""
    n, reach = plane.shape[dim], len(shares) - 1
    mirrored = reflect(torch.arange(-reach, n + reach, device=plane.device), n)
    wide = plane.index_select(dim, mirrored)
    out = wide.narrow(dim, reach, n) * shares[0]
    for k in range(1, reach + 1):  # multiplied, then added: two roundings, the same on any processor
        pair = wide.narrow(dim, reach - k, n) + wide.narrow(dim, reach + k, n)
        out.add_(pair.mul_(shares[k]))
    return out
