"""The normal of a boundary, estimated from answers of yes or no around a point of it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from durometer.attack.engine import Room
from durometer.attack.engine.room import per_point
from durometer.attack.labels import Labels

BLOCK = 2**18
"""Values of each point that are drawn at a time."""
Draw = Callable[[int, int], Tensor]
"""(which block, how many directions) -> (n, how many, ...) directions."""


def normal(
    labels: Labels, room: Room, x: Tensor, spread: Tensor, total: int, draw: Draw, box: tuple[float, float]
) -> Tensor:
    """Return (n, ...) a direction into what is broken (as in the code of Chen, Jordan and Wainwright, 2020).

    It is the sum over directions of (answer - mean answer) · direction, a broken one counting as 1. Where all
    answers are alike it is their plain sum, turned around if none is broken.

    Args:
        labels: Answers.
        room: The points.
        x: (n, ...) near the boundary.
        spread: (n,) how far along each direction is asked.
        total: Directions a point, as far as its budget goes.
        draw: Gives directions.
        box: Lowest and highest value of an input; a direction counts as what is left of it in the box.
    """
    block = max(1, BLOCK // x[:1].numel())
    plain = torch.zeros_like(x, dtype=torch.double)
    yes_sum = torch.zeros_like(plain)
    yes = count = torch.zeros_like(spread)
    wide = per_point(spread, x)[:, None]
    for k, begin in enumerate(range(0, total, block)):
        at = (x[:, None] + wide * draw(k, min(block, total - begin))).clamp(*box)
        answers, asked = labels.ask_many(at, room)
        moved = (at - x[:, None]) / wide
        plain, yes_sum = plain + _sum(moved, asked), yes_sum + _sum(moved, answers)
        yes, count = yes + answers.sum(dim=1), count + asked.sum(dim=1)
    share = per_point(yes / count.clamp_min(1), x)
    mixed = (share > 0) & (share < 1)
    return torch.where(mixed, yes_sum - share * plain, torch.where(share > 0, plain, -plain)).to(x)


def unit(directions: Tensor) -> Tensor:
    """Return directions (n, m, ...) at length 1; none stays none."""
    flat = directions.flatten(2).double()
    size = torch.linalg.vector_norm(flat, dim=2, keepdim=True).clamp_min(1e-300)
    one: Tensor = (flat / size).to(directions)
    return one.reshape(directions.shape)


def _sum(moved: Tensor, weight: Tensor) -> Tensor:
    """Return (n, ...) the sum of those directions (n, m, ...) that are marked (n, m), in double."""
    marked: Tensor = moved * weight.reshape(*weight.shape, *[1] * (moved.ndim - 2))
    total: Tensor = marked.double().sum(dim=1)
    return total
