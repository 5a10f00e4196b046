"""Pictures read at other places, as PIL and OpenCV do it: between pixels, black beyond the edge."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

Linear = tuple[tuple[float, float], tuple[float, float]]


def about_middle(linear: Linear, height: int, width: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the rows of where points go under a linear map about the middle, in `ops.geometry`'s pixels.

    The middle is half a pixel to the right of and below the true one, as early torchvision had it.
    """
    (a, b), (c, d) = linear
    x, y = middle(width), middle(height)
    return (a, b, x - a * x - b * y), (c, d, y - c * x - d * y)


def middle(side: int) -> float:
    """Return what early torchvision took for the middle of a side."""
    return 0.5 * side + 0.5


def warped(x: Tensor, linear: Linear) -> Tensor:
    """Return (B, C, H, W) under a linear map about the middle, as PIL draws it, bilinear."""
    height, width = x.shape[-2:]
    rows = torch.tensor(about_middle(linear, height, width), dtype=torch.float64)
    back = torch.linalg.inv(rows[:, :2])
    across, down = ((_places(height, width) - rows[:, 2]) @ back.mT).to(x.device).unbind(-1)
    seen = (across >= 0) & (across < width) & (down >= 0) & (down < height)
    return torch.where(seen, _read(x, across, down, "border"), 0)


def scaled(x: Tensor, scale: float) -> Tensor:
    """Return (B, C, H, W) scaled about the middle as `warped` does it, one axis after the other."""
    return _along(_along(x, scale, -1), scale, -2)


def board(x: Tensor, back: Tensor) -> Tensor:
    """Return (B, C, H, W) read at `back` (3, 3) of every pixel's index, as OpenCV does it, black around."""
    places = _places(*x.shape[-2:]) - 0.5
    ends = torch.cat((places, torch.ones_like(places[..., :1])), -1) @ back.mT
    across, down = (ends[..., :2] / ends[..., 2:] + 0.5).to(x.device).unbind(-1)
    return _read(x, across, down, "zeros")


def _places(height: int, width: int) -> Tensor:
    """Return (H, W, 2) float64: (x, y) of the middles of pixels."""
    down, across = torch.meshgrid(_centers(height), _centers(width), indexing="ij")
    return torch.stack((across, down), -1)


def _read(x: Tensor, across: Tensor, down: Tensor, beyond: str) -> Tensor:
    height, width = x.shape[-2:]
    grid = torch.stack((across * (2 / width) - 1, down * (2 / height) - 1), -1).to(x)
    many = grid.expand(len(x), *grid.shape)
    return F.grid_sample(x, many, mode="bilinear", padding_mode=beyond, align_corners=False)


def _along(x: Tensor, scale: float, axis: int) -> Tensor:
    near, far, near_share, far_share = (v.to(x.device) for v in _taps(x.shape[axis], scale))
    shape = (-1, 1) if axis == -2 else (-1,)
    parts = ((near, near_share), (far, far_share))
    first, second = (x.index_select(axis, at) * share.to(x).reshape(shape) for at, share in parts)
    return first + second


@lru_cache(maxsize=256)
def _taps(side: int, scale: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return of each pixel of a side the two that it is read from, and their shares; 0 beyond the edge."""
    at = (_centers(side) - middle(side)) / scale + middle(side)
    seen = (at >= 0) & (at < side)
    first = (at - 0.5).floor()
    share = torch.where(seen, at - 0.5 - first, 0)
    near, far = (_held(first.long() + i, side) for i in (0, 1))
    return near, far, (1 - share) * seen, share


def _centers(side: int) -> Tensor:
    return torch.arange(side, dtype=torch.float64) + 0.5


def _held(index: Tensor, side: int) -> Tensor:
    return index.clamp(0, side - 1)
