"""The nearest point of a hyperplane inside a box, in three norms; without sorting where there is a way."""

from __future__ import annotations

import torch
from torch import Tensor

ROUNDS = 40
"""Newton steps at most; each but the last lets at least one more value reach its bound, mostly many."""
NEAR = 1e-6
"""A share of the distance below which nothing more is looked for."""


def toward(x: Tensor, w: Tensor, offset: Tensor, *, norm: str, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Return the smallest change d (n, D) with <w, x + d> = <w, x> - offset and x + d in the box.

    Where the box does not reach the hyperplane, every value goes to the bound on the way there.

    Args:
        x: (n, D) points in the box.
        w: (n, D) normals; a row of zeros stays where it is.
        offset: (n,) how far <w, x> must fall; it rises where this is negative.
        norm: `linf`, `l2` or `l1`: what is smallest.
        low: Of the box.
        high: Of the box.
    """
    way = -torch.where(offset[:, None] < 0, -w, w).sign()
    room = torch.where(way > 0, high - x, x - low).clamp_min(0)
    weight, need = w.abs(), offset.abs()
    if norm == "l1":
        return way * _greedy(weight, room, need)
    speed = torch.ones_like(weight) if norm == "linf" else weight
    reach = _newton(weight, speed, room, need)
    return way * torch.minimum(speed * reach[:, None], room)


def _newton(weight: Tensor, speed: Tensor, room: Tensor, need: Tensor) -> Tensor:
    """Return (n,) the t at which Σ weight · min(speed · t, room) = need, or where the sum stops growing.

    The sum is concave in t, so that Newton's steps from 0 never pass it, and linear in pieces, so that
    they end.
    """
    t = torch.zeros_like(need)
    for _ in range(ROUNDS):
        free = speed * t[:, None] < room
        slope = (weight * speed * free).sum(dim=1)
        held = (weight * torch.minimum(speed * t[:, None], room)).sum(dim=1)
        step = torch.where(slope > 0, (need - held).clamp_min(0) / slope.clamp_min(1e-30), 0.0)
        t = t + step
        if t.device.type == "cpu" and bool((step <= NEAR * t).all()):
            break
    return t


def _greedy(weight: Tensor, room: Tensor, need: Tensor) -> Tensor:
    """Return the change of least sum: the values of largest weight first, the last of them in part."""
    order = weight.argsort(dim=1, descending=True, stable=True)
    gain = (weight * room).gather(1, order)
    before = gain.cumsum(dim=1) - gain
    left = (need[:, None] - before).clamp_min(0)
    part = torch.minimum(left / weight.gather(1, order).clamp_min(1e-30), room.gather(1, order))
    return torch.zeros_like(weight).scatter_(1, order, part * (left > 0))
