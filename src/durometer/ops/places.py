"""Where a shape fits beside what must not be touched: all places at once, by correlation."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Dice
from durometer.ops.masks import bounding_box
from durometer.ops.warp import translate

GRID = 64
"""Places are searched in steps of the long side over this."""
UPRIGHT = 2
"""The first orientations, as it is and mirrored, go before those turned by quarters."""


def elsewhere(shape: Tensor, blocked: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return ((B, 1, H, W) the shape at another place, (B,) bool whether it fits anywhere).

    The place is drawn uniformly among those where the whole shape lies on the canvas and touches nothing that
    is blocked; mirrored if need be, and turned by quarters only where it fits in no other way.

    Args:
        shape: (B, 1, H, W) of 0 and 1.
        blocked: (B, 1, H, W) of 0 and 1.
        dice: One throw for each sample.
    """
    height, width = shape.shape[-2:]
    side = max(height, width)
    step = -(-side // GRID)
    turned = _orientations(shape, side)  # (B, 8, S, S), each pushed into the top left corner
    free = _free(turned, blocked, step)  # (B, 8, S', S')
    upright = free.clone()
    upright[:, UPRIGHT:] = False
    fits_upright = upright.flatten(1).any(dim=1)
    chosen, fits = _draw(torch.where(fits_upright[:, None, None, None], upright, free), dice)
    which, row, column = (chosen // free[0, 0].numel(), chosen // free.shape[-1] % free.shape[-2],
                          chosen % free.shape[-1])  # fmt: skip
    picked = turned[torch.arange(len(shape), device=shape.device), which][:, None]
    steps = torch.stack((column, row), dim=1).mul(step).tolist()
    return translate(picked, [(x, y) for x, y in steps])[..., :height, :width], fits


def _orientations(shape: Tensor, side: int) -> Tensor:
    square = F.pad(shape, (0, side - shape.shape[-1], 0, side - shape.shape[-2]))
    every = [torch.rot90(s, k, (-2, -1)) for k in (0, 2, 1, 3) for s in (square, square.flip(-1))]
    flat = torch.cat(every)
    corner = bounding_box(flat)[:, :2].neg().tolist()
    pushed = translate(flat, [(x, y) for x, y in corner])
    return pushed.reshape(len(every), len(shape), side, side).transpose(0, 1)


def _free(turned: Tensor, blocked: Tensor, step: int) -> Tensor:
    """Count, for every step right and down, the blocked cells that the shape would cover."""
    height, width = blocked.shape[-2:]
    side = turned.shape[-1]
    coarse = F.max_pool2d(turned, step, ceil_mode=True)
    # what lies beyond the canvas is blocked, so a place that is free is a place on the canvas
    wall = F.pad(blocked, (0, side - width, 0, side - height), value=1.0)
    wall = F.max_pool2d(F.pad(wall, (0, -side % step, 0, -side % step), value=1.0), step)
    n = coarse.shape[-1]
    wall = F.pad(wall, (0, n, 0, n), value=1.0)
    product = torch.fft.rfft2(wall) * torch.fft.rfft2(coarse, s=(2 * n, 2 * n)).conj()
    covered = torch.fft.irfft2(product, s=(2 * n, 2 * n))[..., :n, :n]
    return covered < 0.5


def _draw(free: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return one of the true positions of each row, uniformly, and whether there was any."""
    order = free.flatten(1).long().cumsum(dim=1)
    count = order[:, -1]
    chance = dice.uniform("place").double()
    nth = torch.minimum((chance * count).floor().long(), (count - 1).clamp_min(0)) + 1
    return (order < nth[:, None]).sum(dim=1).clamp_max(order.shape[1] - 1), count > 0
