"""The membrane: the smoothest surface through what is known, by multigrid."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.ops.push_pull import push_pull
from durometer.ops.pyramid import double, mean_cells

CYCLES = 4
STEP = 0.9
"""Relaxation factor: below 1 so that a checkerboard dies out too."""


@torch.no_grad()
def membrane(x: Tensor, known: Tensor, *, cycles: int = CYCLES) -> Tensor:
    """Return x with unknown pixels replaced by the solution of Laplace's equation, known ones untouched.

    The known pixels are the boundary values; at the edge of the canvas the slope is zero. Push–pull gives the
    start, V-cycles (Brandt, 1977) the rest.

    Not differentiable: it works on buffers of its own.

    Args:
        x: (B, C, H, W).
        known: (B, 1, H, W) of 0 and 1. Where nothing at all is known the result is 0.
        cycles: How many V-cycles.
    """
    u, holes = push_pull(x, known), _hole_levels(1 - known)
    for _ in range(cycles):
        u = _cycle(u, torch.zeros_like(u), holes)
    return u


def _hole_levels(hole: Tensor) -> list[Tensor]:
    """A coarse cell is hole only if all of it is, so that no correction reaches beyond the hole."""
    levels = [hole]
    while max(levels[-1].shape[-2:]) > 4:
        levels.append((mean_cells(levels[-1]) > 0.99).to(hole.dtype))
    return levels


def _cycle(u: Tensor, rhs: Tensor, holes: list[Tensor]) -> Tensor:
    hole = holes[0]
    if len(holes) == 1:
        return _relax(u, rhs, hole, 8)
    u = _relax(u, rhs, hole, 1)
    residual = (rhs + _mean4(u) - u) * hole
    coarse = mean_cells(residual) * 4 * holes[1]  # the cells are twice as wide, so Laplace counts four times
    error = _cycle(torch.zeros_like(coarse), coarse, holes[1:])
    u = u + double(error, *u.shape[-2:]) * hole
    return _relax(u, rhs, hole, 2)


def _relax(u: Tensor, rhs: Tensor, hole: Tensor, sweeps: int) -> Tensor:
    """Return u after so many damped Jacobi steps, on buffers of its own."""
    step = STEP * hole
    padded = F.pad(u, (1, 1, 1, 1), mode="replicate")
    inner, change = padded[..., 1:-1, 1:-1], torch.empty_like(u)
    for sweep in range(sweeps):
        if sweep:
            _repeat_edges(padded)
        torch.add(padded[..., :-2, 1:-1], padded[..., 2:, 1:-1], out=change)
        change.add_(padded[..., 1:-1, :-2]).add_(padded[..., 1:-1, 2:]).mul_(0.25)
        inner.add_(change.add_(rhs).sub_(inner).mul_(step))
    return inner


def _repeat_edges(padded: Tensor) -> None:
    padded[..., 0, :] = padded[..., 1, :]
    padded[..., -1, :] = padded[..., -2, :]
    padded[..., :, 0] = padded[..., :, 1]
    padded[..., :, -1] = padded[..., :, -2]


def _mean4(u: Tensor) -> Tensor:
    p = F.pad(u, (1, 1, 1, 1), mode="replicate")
    return (p[..., :-2, 1:-1] + p[..., 2:, 1:-1] + p[..., 1:-1, :-2] + p[..., 1:-1, 2:]) * 0.25
