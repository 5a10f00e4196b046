"""Octave bands: the Laplacian pyramid of Burt and Adelson (1983), with the binomial filter of five taps."""

from __future__ import annotations

import torch
from torch import Tensor

BANDS = 7
"""Bands, each centered an octave above the one before; the lowest is what is left over."""


def band(x: Tensor, index: int) -> Tensor:
    """Return (B, C, H, W): what band `index` of the seven holds of x, 0 the lowest, 6 the highest.

    Band i is centered at side / 128 · 2^i cycles a side: 1.75, 3.5, … 112 for 224 pixels. The seven add up
    to x. Neighbors are added in a fixed order, so a sample's result doesn't depend on its batch. Edges are
    mirrored about the edge pixel.

    Args:
        x: (B, C, H, W).
        index: 0 to 6.
    """
    level, shapes = BANDS - 1 - index, []
    for _ in range(level):
        shapes.append(tuple(x.shape[-2:]))
        x = _halved(_halved(x, -1), -2)
    if index:
        x = x - _back(_halved(_halved(x, -1), -2), (int(x.shape[-2]), int(x.shape[-1])))
    for height, width in reversed(shapes):
        x = _back(x, (height, width))
    return x


def rms(x: Tensor) -> Tensor:
    """Return (B, 1, 1, 1): the root of the mean square, the same whatever stands beside a sample."""
    squares = [float(one.clone().square().double().mean()) for one in x]
    return torch.tensor(squares, dtype=torch.float64, device=x.device).sqrt().to(x)[:, None, None, None]


def center(index: float, side: int = 224) -> float:
    """Return the center of a band in cycles a side."""
    return float(side / 2**BANDS * 2.0**index)


def _halved(x: Tensor, dim: int) -> Tensor:
    n = int(x.shape[dim])
    kept = torch.arange(0, n, 2, device=x.device)
    taken = [x.index_select(dim, _mirrored(kept + k, n)) for k in (-2, -1, 0, 1, 2)]
    return ((taken[0] + taken[4]) + 4 * (taken[1] + taken[3]) + 6 * taken[2]) / 16


def _back(x: Tensor, shape: tuple[int, int]) -> Tensor:
    return _doubled(_doubled(x, -2, shape[0]), -1, shape[1])


def _doubled(x: Tensor, dim: int, n: int) -> Tensor:
    """Put a zero behind each value, then filter; `n` is the length that was halved, even or odd."""
    wide = x.new_zeros([n if i == x.ndim + dim else s for i, s in enumerate(x.shape)])
    wide.index_copy_(dim, torch.arange(0, n, 2, device=x.device), x)
    at = torch.arange(n, device=x.device)
    taken = [wide.index_select(dim, _mirrored(at + k, n)) for k in (-2, -1, 0, 1, 2)]
    return ((taken[0] + taken[4]) + 4 * (taken[1] + taken[3]) + 6 * taken[2]) / 8


def _mirrored(index: Tensor, n: int) -> Tensor:
    """Mirror about the edge pixels, which are not repeated: −1 → 1, n → n − 2."""
    if n == 1:
        return torch.zeros_like(index)
    index = index % (2 * n - 2)
    return torch.where(index < n, index, 2 * n - 2 - index)
