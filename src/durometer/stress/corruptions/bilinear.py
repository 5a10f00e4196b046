"""A picture read between its pixels, each sample at places of its own."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from durometer.ops.filters import reflect as mirrored

__all__ = ["bilinear", "mirrored", "mirrored_within"]


def mirrored_within(index: Tensor, n: int) -> Tensor:
    """Return indices mirrored into 0 … n − 1, the edge pixel not repeated: −1 → 1, n → n − 2."""
    index = index % max(1, 2 * (n - 1))
    return torch.where(index < n, index, 2 * (n - 1) - index)


def bilinear(x: Tensor, across: Tensor, down: Tensor, inside: Callable[[Tensor, int], Tensor]) -> Tensor:
    """Return (B, C, H, W): x between its pixels at columns `across` and rows `down`.

    Args:
        x: (B, C, H, W).
        across: (B, H, W) float64 columns; pixel i stands at i.
        down: (B, H, W) float64 rows.
        inside: What continues the picture: takes whole indices and the side to indices inside it.
    """
    height, width = x.shape[-2:]
    left, top = across.floor(), down.floor()
    right_share, low_share = ((a - b).to(x)[:, None] for a, b in ((across, left), (down, top)))
    columns = [inside(left.long() + i, width) for i in (0, 1)]
    rows = [inside(top.long() + i, height) * width for i in (0, 1)]
    upper, lower = (
        (1 - right_share) * _at(x, row + columns[0]) + right_share * _at(x, row + columns[1]) for row in rows
    )
    return (1 - low_share) * upper + low_share * lower


def _at(x: Tensor, index: Tensor) -> Tensor:
    """(B, C, H, W): values at (B, H, W) indices of the flattened picture, the same for every channel."""
    batch, channels, height, width = x.shape
    taken = x.flatten(2).gather(2, index.reshape(batch, 1, -1).expand(-1, channels, -1))
    return taken.reshape(batch, channels, height, width)
