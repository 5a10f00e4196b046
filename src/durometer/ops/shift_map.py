"""Which part of the background should stand in for each part of a hole: one whole-cell shift a cell.

A shift map (Pritch et al., 2009) on 32 cells: the picture moved by a shift is compared with itself on the
band around the hole, the differences are spread into the hole by push–pull, and each cell takes the one that
differs least and that its neighbors take too, so that large pieces come from one place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.ops.masks import dilate
from durometer.ops.push_pull import push_pull

CELLS = 32
"""The long side has at most so many cells."""
SMALLEST = 4
"""Cells are no smaller than this many pixels: there is no finer texture to copy on a small canvas."""
STEP = 3
"""Shifts tried are multiples of so many cells, in both directions."""
BAND = 2
"""Width in cells of the known band that shifts are compared on."""
GRADIENT = 2.0
"""What a difference of mean slope counts against a difference of mean color."""
UNSEEN = 0.02
"""What a shift costs that could be compared on none of the band."""
KEPT = 48
"""So many of the shifts most cells like go on to be agreed on."""
ROUNDS, REACH, AGREE = 4, 2, 0.1
"""Rounds of agreeing, how many cells around have a say, and what full agreement is worth."""
IMPOSSIBLE = 1e3


@dataclass(frozen=True)
class ShiftMap:
    """What a picture's cells are copied from.

    Attributes:
        cell: Side of a cell in pixels.
        right, down: (B, h, w) int64, in pixels: the copy at p comes from p plus this.
        possible: (B, 1, h, w), 1 where any shift reaches known background.
    """

    cell: int
    right: Tensor
    down: Tensor
    possible: Tensor


def shift_map(x: Tensor, hole: Tensor) -> ShiftMap:
    """Return the shifts for a picture with a hole.

    Args:
        x: (B, C, H, W), the hole filled smoothly, so that no slope at its rim tells of the object.
        hole: (B, 1, H, W) of 0 and 1.
    """
    cell = max(SMALLEST, -(-max(x.shape[-2:]) // CELLS))
    looks, solid = _cells(x, 1 - hole, cell)
    down, right = (_steps(n, x.device) for n in solid.shape[-2:])
    cost = _costs(looks, solid, down, right)
    label, possible = _agree(cost, 1 - solid)
    return ShiftMap(cell, right[label % len(right)] * cell, down[label // len(right)] * cell, possible)


def _cells(x: Tensor, known: Tensor, cell: int) -> tuple[Tensor, Tensor]:
    """Return how each cell looks, mean color and mean slopes of what is known, and 1 where all of it is."""
    across = F.pad((x[..., 1:] - x[..., :-1]).abs(), (0, 1)).mean(dim=1, keepdim=True)
    along = F.pad((x[..., 1:, :] - x[..., :-1, :]).abs(), (0, 0, 0, 1)).mean(dim=1, keepdim=True)
    every = torch.cat((x, across * GRADIENT, along * GRADIENT), dim=1)
    ragged = (0, -x.shape[-1] % cell, 0, -x.shape[-2] % cell)
    means = F.avg_pool2d(F.pad(torch.cat((every * known, known), dim=1), ragged), cell)
    # a cell that the canvas cuts has less of it, and does not count as whole
    return means[:, :-1] / means[:, -1:].clamp_min(1e-6), (means[:, -1:] > 0.999).to(x.dtype)


def _steps(n: int, device: torch.device) -> Tensor:
    most = max(0, n - 2) // STEP * STEP
    return torch.arange(-most, most + 1, STEP, device=device)


def _costs(looks: Tensor, solid: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Return (B, shifts, h, w): what it costs that a cell takes a shift."""
    band = dilate(1 - solid, BAND) * solid
    moved = _moved(looks, down, right)  # (B, D, shifts, h, w)
    apart = torch.zeros_like(moved[:, 0])
    for d in range(
        looks.shape[1]
    ):  # one at a time: a sum over an axis may be taken in another order elsewhere
        difference = moved[:, d] - looks[:, d, None]
        apart = apart + difference * difference
    seen = _moved(solid, down, right)[:, 0] * band
    cost = push_pull(apart, seen)
    share_seen = seen.sum(dim=(2, 3)) / band.sum(dim=(2, 3)).clamp_min(1)
    stays = (down[:, None] == 0) & (right == 0)
    fixed = UNSEEN * (1 - share_seen) + IMPOSSIBLE * stays.flatten().to(cost)
    inside = _moved(1 - dilate(1 - solid, 1), down, right)[:, 0]
    return cost + fixed[:, :, None, None] + IMPOSSIBLE * (1 - inside)


def _moved(t: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Return (B, D, shifts, h, w) without copying: t seen through every shift, 0 beyond the canvas."""
    height, width = t.shape[-2:]
    padded = F.pad(t, (width, width, height, height))[..., height + int(down[0]) :, width + int(right[0]) :]
    b, c, y, x = padded.stride()
    shape = (*t.shape[:2], len(down), len(right), height, width)
    return padded.as_strided(shape, (b, c, y * STEP, x * STEP, y, x), padded.storage_offset()).flatten(2, 3)


def _agree(cost: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return the shift of each cell (B, h, w), and where any was possible."""
    shifts = cost.shape[1]
    liked = torch.zeros_like(cost[:, :, 0, 0]).scatter_add_(
        1, cost.argmin(dim=1).flatten(1), wanted.flatten(1)
    )
    first = torch.arange(shifts, device=cost.device)
    order = liked.long() * shifts - first  # no two alike, so the choice is the same everywhere
    kept = order.topk(min(KEPT, shifts), dim=1).indices
    cost = cost.gather(1, kept[:, :, None, None].expand(-1, -1, *cost.shape[2:]))
    label = cost.argmin(dim=1, keepdim=True)
    for _ in range(ROUNDS):
        votes = torch.zeros_like(cost).scatter_(1, label, wanted)
        around = F.avg_pool2d(votes, 2 * REACH + 1, stride=1, padding=REACH)
        label = (cost - AGREE * around).argmin(dim=1, keepdim=True)
    possible = cost.amin(dim=1, keepdim=True) < IMPOSSIBLE / 2
    return kept.gather(1, label.flatten(1)).reshape(label[:, 0].shape), possible.to(cost.dtype)
