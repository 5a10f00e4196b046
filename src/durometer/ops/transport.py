"""Carrying one cloud of colors onto another."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.core import Dice

TURNS = 8


def sliced_transport(points: Tensor, like: Tensor, dice: Dice, *, turns: int = TURNS) -> Tensor:
    """Return (N, C) points moved so that they are distributed as `like` (M, C): sliced optimal transport.

    In each of several random orthonormal bases every coordinate is carried onto the quantiles of the other
    cloud's; after the last turn the marginals of that basis agree exactly (for M = N: it is a rearrangement
    of `like` along each of its axes). Iterated one-dimensional transport is due to (Pitié et al., 2007).

    Args:
        points: What is moved.
        like: How it shall be distributed.
        dice: Of one sample: the bases.
        turns: How many bases.
    """
    channels = points.shape[1]
    draws = dice.normal("transport", (turns, channels, channels))[0].to(points)
    for draw in [*draws[: turns - 1], torch.eye(channels).to(points)]:  # the channels themselves last
        basis, _ = torch.linalg.qr(draw)
        along = points @ basis
        points = points + (_onto(along, like @ basis) - along) @ basis.T
    return points


def _onto(values: Tensor, like: Tensor) -> Tensor:
    """Return each column's values replaced by the other column's quantiles at their ranks."""
    order = values.argsort(dim=0, stable=True)
    ordered = like.sort(dim=0).values
    n, m = len(values), len(like)
    at = (torch.arange(n, device=values.device, dtype=torch.float64) + 0.5) * m / n - 0.5
    below = at.floor().clamp(0, m - 1).long()
    above = (below + 1).clamp_max(m - 1)
    weight = (at - below).clamp(0, 1).to(values)[:, None]
    quantiles = ordered[below] + weight * (ordered[above] - ordered[below])
    return torch.empty_like(values).scatter_(0, order, quantiles)
