"""Shifts by whole pixels and mirrors: every pixel stays what it was, elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def translate(x: Tensor, by: Sequence[tuple[int, int]]) -> Tensor:
    """Return (B, C, H, W) shifted by whole pixels (right, down); what comes in is 0."""
    height, width = x.shape[-2:]
    out = torch.zeros_like(x)
    for i, (right, down) in enumerate(by):
        columns, rows = _overlap(right, width), _overlap(down, height)
        out[i, :, rows[1], columns[1]] = x[i, :, rows[0], columns[0]]
    return out


def mirror(x: Tensor, sums: Sequence[int], *, sideways: bool = True) -> Tensor:
    """Return (B, C, H, W) mirrored exactly: column i goes to column sum − i; rows if not `sideways`."""
    height, width = x.shape[-2:]
    if sideways:
        return translate(x.flip(-1), [(at - width + 1, 0) for at in sums])
    return translate(x.flip(-2), [(0, at - height + 1) for at in sums])


def _overlap(by: int, n: int) -> tuple[slice, slice]:
    """Return which part of a row of n pixels stays on the canvas, and where it comes to lie."""
    length = max(0, n - abs(by))
    return slice(max(0, -by), max(0, -by) + length), slice(max(0, by), max(0, by) + length)
