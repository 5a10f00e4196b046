"""Where a shape fits beside what must not be touched: all places at once, by correlation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Dice
from durometer.ops.exact_moves import translate
from durometer.ops.masks import bounding_box

GRID = 64
"""Places are searched in steps of the long side over this."""
UPRIGHT, TURNED = (0,), (2, 1, 3)
"""Quarter turns; each is tried plain and mirrored, and the upright ones go first."""


def elsewhere(shape: Tensor, blocked: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return ((B, 1, H, W) the shape at another place, (B,) bool whether it fits anywhere).

    The place is drawn uniformly among those where the whole shape lies on the canvas and touches nothing that
    is blocked: plain or mirrored, and turned by quarters only where it fits in no other way.

    Args:
        shape: (B, 1, H, W) of 0 and 1.
        blocked: (B, 1, H, W) of 0 and 1.
        dice: One throw for each sample.
    """
    placed, fits = _place(shape, blocked, dice, UPRIGHT)
    rows = [i for i, fit in enumerate(fits) if not fit]
    if rows:
        placed[rows], again = _place(shape[rows], blocked[rows], dice.select(rows), TURNED)
        for row, fit in zip(rows, again, strict=True):
            fits[row] = fit
    return placed, torch.tensor(fits, device=shape.device)


def _place(shape: Tensor, blocked: Tensor, dice: Dice, turns: Sequence[int]) -> tuple[Tensor, list[bool]]:
    height, width = shape.shape[-2:]
    side = max(height, width)
    step = -(-side // GRID)
    turned = _orientations(shape, side, turns)  # (B, n, S, S)
    free = _free(turned, blocked, step)  # (B, n, S', S')
    chosen, fits = _draw(free, dice)
    across, every = free.shape[-1], free[0, 0].numel()
    picked = turned[torch.arange(len(shape), device=shape.device), chosen // every][:, None]
    steps = torch.stack((chosen % across, chosen % every // across), dim=1).mul(step).tolist()
    moved = translate(picked, [(right, down) for right, down in steps])[..., :height, :width]
    return moved, (fits & (moved.flatten(1).amax(dim=1) > 0)).tolist()


def _orientations(shape: Tensor, side: int, turns: Sequence[int]) -> Tensor:
    """Return each turn, plain and mirrored, pushed into the top left corner of a square."""
    square = F.pad(shape, (0, side - shape.shape[-1], 0, side - shape.shape[-2]))
    every = [torch.rot90(s, k, (-2, -1)) for k in turns for s in (square, square.flip(-1))]
    flat = torch.cat(every)
    corner = bounding_box(flat)[:, :2].neg().tolist()
    pushed = translate(flat, [(x, y) for x, y in corner])
    return pushed.reshape(len(every), len(shape), side, side).transpose(0, 1)


def _free(turned: Tensor, blocked: Tensor, step: int) -> Tensor:
    """Say, for every step right and down, whether the shape would cover no blocked cell."""
    height, width = blocked.shape[-2:]
    padded = turned.shape[-1] + -turned.shape[-1] % step
    coarse = F.max_pool2d(F.pad(turned, (0, padded - turned.shape[-1]) * 2), step)
    # what lies beyond the canvas is blocked, so a place that is free is a place on the canvas
    wall = F.pad(blocked, (0, padded - width, 0, padded - height), value=1.0)
    n = coarse.shape[-1]
    wall = F.pad(F.max_pool2d(wall, step), (0, n, 0, n), value=1.0)
    product = torch.fft.rfft2(wall) * torch.fft.rfft2(coarse, s=(2 * n, 2 * n)).conj()
    covered: Tensor = torch.fft.irfft2(product, s=(2 * n, 2 * n))[..., :n, :n]
    return covered < 0.5  # whole numbers, but for rounding


def _draw(free: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return one of the true positions of each row, uniformly, and whether there was any."""
    order = free.flatten(1).long().cumsum(dim=1)
    count = order[:, -1]
    chance = dice.uniform("place").double()
    nth = torch.minimum((chance * count).floor().long(), (count - 1).clamp_min(0)) + 1
    return (order < nth[:, None]).sum(dim=1).clamp_max(order.shape[1] - 1), count > 0
