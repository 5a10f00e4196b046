"""Where a shape, or most of it, fits beside what must not be touched."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Dice
from durometer.ops.exact_moves import translate
from durometer.ops.places import elsewhere

GRID = 32
"""Places are searched in steps of the long side over this."""
NEAR_BEST = 0.95
"""A place may be drawn when it leaves at least this share of the most area that any place leaves."""


def placed(shape: Tensor, blocked: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return (the shape where it touches nothing that is blocked, (B,) the share of its area that is left).

    All of it, at any of the places where it fits (`elsewhere`); where it fits nowhere, most of it (`beside`).
    """
    whole, fits = elsewhere(shape, blocked, dice)
    partial, left = beside(shape, blocked, dice)
    return torch.where(fits[:, None, None, None], whole, partial), torch.where(fits, 1.0, left)


def beside(shape: Tensor, blocked: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return (what is left of the shape at another place, (B,) the share of its area that is left).

    The shape, as it is or mirrored, is moved so that as much of it as possible lies on the canvas and
    touches nothing that is blocked; what does not is cut off. Among places nearly as good as the best one
    the dice draw.

    Args:
        shape: (B, 1, H, W) of 0 and 1.
        blocked: (B, 1, H, W) of 0 and 1.
        dice: One throw for each sample.
    """
    kept = carried_beside(shape, shape, blocked, dice)
    area = shape.flatten(1).sum(dim=1).clamp_min(1)
    return kept, kept.flatten(1).sum(dim=1) / area


def carried_beside(x: Tensor, shape: Tensor, blocked: Tensor, dice: Dice) -> Tensor:
    """Return (B, C, H, W): x, such as a cutout, where `beside` takes its shape; 0 where it would be cut off.

    Args:
        x: (B, C, H, W), 0 beyond the shape.
        shape: (B, 1, H, W) of 0 and 1.
        blocked: (B, 1, H, W) of 0 and 1.
        dice: One throw for each sample.
    """
    height, width = shape.shape[-2:]
    step = -(-max(height, width) // GRID)
    both = torch.cat((shape, shape.flip(-1)), dim=1)  # (B, 2, H, W)
    left = _area_left(both, 1 - blocked, step)  # (B, 2, 2h, 2w), by offset from -h and -w
    h, w = left.shape[-2] // 2, left.shape[-1] // 2
    chosen = _draw(left.flatten(1), dice)
    which, row, column = chosen // (4 * h * w), chosen // (2 * w) % (2 * h) - h, chosen % (2 * w) - w
    picked = torch.where(which[:, None, None, None] > 0, x.flip(-1), x)
    steps = torch.stack((column, row), dim=1).mul(step).tolist()
    return translate(picked, [(right, down) for right, down in steps]) * (1 - blocked)


def _area_left(shape: Tensor, free: Tensor, step: int) -> Tensor:
    """Return the free area under the shape at every offset, by correlation on a grid of cells."""
    small = _pixels_of_cells(shape, step)
    room = _pixels_of_cells(free, step)  # beyond the canvas nothing is free
    h, w = small.shape[-2:]
    size = (2 * h, 2 * w)
    product = torch.fft.rfft2(room, s=size) * torch.fft.rfft2(small, s=size).conj()
    # whole numbers again, so that places are compared exactly whatever the transform rounded
    left: Tensor = torch.fft.irfft2(product, s=size).round()
    # circular offsets: the second half of each axis are the negative ones; roll them to the front
    return left.roll((h, w), dims=(-2, -1))


def _pixels_of_cells(x: Tensor, step: int) -> Tensor:
    ragged = (0, -x.shape[-1] % step, 0, -x.shape[-2] % step)
    return (F.avg_pool2d(F.pad(x, ragged), step) * step**2).round().double()


def _draw(left: Tensor, dice: Dice) -> Tensor:
    """Return one of the places of each row that are nearly as good as its best."""
    good = left >= NEAR_BEST * left.amax(dim=1, keepdim=True)
    order = good.long().cumsum(dim=1)
    count = order[:, -1]
    nth = torch.minimum((dice.uniform("beside").double() * count).floor().long(), count - 1) + 1
    return (order < nth[:, None]).sum(dim=1).clamp_max(left.shape[1] - 1)
