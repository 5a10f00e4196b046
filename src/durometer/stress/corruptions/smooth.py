"""The Gaussian of the published corruptions, as scikit-image's: cut off, and continued beyond the edge."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from durometer.ops.filters import reflect

TILE = 256
"""Pixels that one matrix product makes: a large side at once would cost its square."""


def smooth(x: Tensor, sigma: float, *, truncate: float = 4.0, mirror: bool = False) -> Tensor:
    """Return (…, H, W) smoothed by a Gaussian of this many pixels.

    Its reach is 4 sigma to the nearest pixel, so that below 0.125 nothing changes at all.

    Args:
        x: (…, H, W).
        sigma: In pixels.
        truncate: Its reach, in sigma.
        mirror: Continue by the mirror image, edge repeated, and not by the edge pixel.
    """
    reach = int(truncate * sigma + 0.5)
    if reach == 0:
        return x
    height, width = x.shape[-2:]
    across = [
        x.index_select(-1, near) @ _band(sigma, reach, n).to(x) for near, n in _tiles(width, reach, x, mirror)
    ]
    x = torch.cat(across, -1) if len(across) > 1 else across[0]
    down = [
        _band(sigma, reach, n).mT.to(x) @ x.index_select(-2, near)
        for near, n in _tiles(height, reach, x, mirror)
    ]
    return torch.cat(down, -2) if len(down) > 1 else down[0]


def _tiles(side: int, reach: int, like: Tensor, mirror: bool) -> list[tuple[Tensor, int]]:
    """Return of each tile of a side the indices of its pixels and of those in reach, and its length."""
    at = torch.arange(-reach, side + reach, device=like.device)
    at = reflect(at, side) if mirror else at.clamp(0, side - 1)
    starts = range(0, side, TILE)
    return [(at[s : s + TILE + 2 * reach], min(TILE, side - s)) for s in starts]


@lru_cache(maxsize=64)
def _band(sigma: float, reach: int, n: int) -> Tensor:
    """Return (n + 2 reach, n): what each pixel in reach gives to each pixel of a tile."""
    away = torch.arange(n + 2 * reach)[:, None] - torch.arange(n)[None] - reach
    weights = torch.exp(-0.5 * (away.double() / sigma) ** 2) * (away.abs() <= reach)
    return weights / weights.sum(dim=0)
