"""The Gaussian of the published corruptions, as scikit-image's: cut off, and continued beyond the edge."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from durometer.ops.filters import reflect
from durometer.stress.corruptions.cached import cached

NEAR = 2048
"""Side times reach, in pixels, up to which neighbors are added one by one; beyond, matrices are faster."""
TILE = 64
"""Pixels that one matrix product makes: a large side at once would cost its square."""


def smooth(x: Tensor, sigma: float, *, truncate: float = 4.0, mirror: bool = False) -> Tensor:
    """Return (…, H, W) smoothed by a Gaussian of this many pixels, each plane to the same bits in any batch.

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
    planes = x.reshape(-1, *x.shape[-2:])
    sides = [_reached(n, reach, x.device, mirror) for n in planes.shape[1:]]
    if reach * max(x.shape[-2:]) <= NEAR:
        weights = _weights(sigma, reach)
        done = cached(lambda p: _added(_added(p, weights, sides[1], -1), weights, sides[0], -2), planes)
    else:
        # a plane at a time: a product of several may round otherwise
        done = torch.stack([_multiplied(p, sigma, reach, sides) for p in planes])
    return done.reshape(x.shape)


def _reached(n: int, reach: int, device: torch.device, mirror: bool) -> Tensor:
    """Return the indices −reach … n − 1 + reach of a side, continued."""
    at = torch.arange(-reach, n + reach, device=device)
    return reflect(at, n) if mirror else at.clamp(0, n - 1)


@lru_cache(maxsize=64)
def _weights(sigma: float, reach: int) -> tuple[float, ...]:
    """Return what pixels at the distance 0 … reach add; on both sides together they make 1."""
    weights = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(reach + 1)]
    whole = weights[0] + 2 * sum(weights[1:])
    return tuple(w / whole for w in weights)


def _added(planes: Tensor, weights: tuple[float, ...], reached: Tensor, dim: int) -> Tensor:
    """Return (n, H, W): neighbors along an axis added up, one distance at a time."""
    n, reach = planes.shape[dim], len(weights) - 1
    edges = (planes.index_select(dim, part) for part in (reached[:reach], reached[-reach:]))
    wide = torch.cat((next(edges), planes, next(edges)), dim)  # quicker than to select all
    out = wide.narrow(dim, reach, n) * weights[0]
    for k in range(1, reach + 1):  # multiplied, then added: two roundings, wherever a value lies in memory
        pair = wide.narrow(dim, reach - k, n) + wide.narrow(dim, reach + k, n)
        out.add_(pair.mul_(weights[k]))
    return out


def _multiplied(plane: Tensor, sigma: float, reach: int, sides: list[Tensor]) -> Tensor:
    """Return (H, W) by a product with a band matrix for each tile of either axis."""
    height, width = plane.shape
    across = [
        plane.index_select(1, near) @ _band(sigma, reach, n).to(plane) for near, n in _tiles(width, sides[1])
    ]
    plane = torch.cat(across, 1)
    return torch.cat(
        [
            _band(sigma, reach, n).mT.to(plane) @ plane.index_select(0, near)
            for near, n in _tiles(height, sides[0])
        ]
    )


def _tiles(side: int, reached: Tensor) -> list[tuple[Tensor, int]]:
    """Return of each tile of a side the indices of its pixels and of those in reach, and its length."""
    more = len(reached) - side
    return [(reached[s : s + TILE + more], min(TILE, side - s)) for s in range(0, side, TILE)]


@lru_cache(maxsize=64)
def _band(sigma: float, reach: int, n: int) -> Tensor:
    """Return (n + 2 reach, n): what each pixel in reach gives to each pixel of a tile."""
    away = torch.arange(n + 2 * reach)[:, None] - torch.arange(n)[None] - reach
    weights = torch.exp(-0.5 * (away.double() / sigma) ** 2) * (away.abs() <= reach)
    return weights / weights.sum(dim=0)
