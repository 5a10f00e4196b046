"""Threats whose sets are reached by moving an input: the point of such a set is how far it is moved.

A rotation by 10° has no place in a ball of pixels; what says whether a picture is in it is the angle, and
a search goes through angles. So `other`, what such a threat draws, projects and measures, is a point (B, P)
of its own coordinates, and `apply` makes the picture of it. Attacks see both together
(`durometer.attack.lifted`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from durometer.core import Dice, Scalar
from durometer.threat.directed import Directed, within


@runtime_checkable
class Parametric(Directed, Protocol):
    """A set of inputs with coordinates: points (B, P), 0 for the input itself, of size 1 at the edge."""

    def dimensions(self, shape: Sequence[int], /) -> int:
        """Return P for inputs of a shape (C, H, W)."""
        ...

    def apply(self, x: Tensor, point: Tensor, /) -> Tensor:
        """Return the inputs (B, ...) of points (B, P), differentiable; exactly `x` at the point 0."""
        ...

    def told(self, x: Tensor, point: Tensor, /) -> Mapping[str, Sequence[Scalar]]:
        """Return what points mean in units that people use: name -> one value a sample."""
        ...


class Cube(Parametric, Protocol):
    """A parametric set whose points are a cube: every coordinate from -1 to 1, apart from the others."""

    epsilon: float = 1.0

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is the point `other` (B, P) in the set?"""
        return within(self.size(x, other), self.epsilon)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point of the set."""
        return other.clamp(-1, 1)

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high): the set itself, which is a box of points."""
        one = x.new_ones((len(x), self.dimensions(x.shape[1:])))
        return -one, one

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return a point drawn uniformly from the set."""
        return dice.uniform(self.name, (self.dimensions(x.shape[1:]),), -1.0, 1.0).to(x)

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the largest share that a coordinate uses of what it may."""
        return other.abs().amax(dim=1)

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the gradient's signs: each coordinate moves by 1."""
        return gradient.sign()


def kept_at_zero(x: Tensor, moved: Tensor, point: Tensor) -> Tensor:
    """Return what was moved, where the point is 0 `x` itself, with the gradient of what was moved."""
    still = (point == 0).all(dim=1).reshape(-1, *[1] * (x.ndim - 1))
    return torch.where(still, x + (moved - moved.detach()), moved)


def rounded(values: Tensor) -> list[Scalar]:
    """Return values as plain numbers to four digits."""
    return [round(float(v), 4) for v in values.tolist()]


def spread(values: Tensor) -> Tensor:
    """Return (B,) values shaped so that they spread over (B, C, H, W)."""
    return values.reshape(-1, 1, 1, 1)


def sampled(x: Tensor, right: Tensor, down: Tensor, padding: str) -> Tensor:
    """Return the pictures (B, C, H, W) looked up, bilinear, at places (B, H, W) in pixels from the corner."""
    height, width = x.shape[-2:]
    right, down = (at.expand(len(x), height, width) for at in (right, down))
    grid = torch.stack((right * (2 / width) - 1, down * (2 / height) - 1), dim=-1)
    return torch.nn.functional.grid_sample(
        x, grid, mode="bilinear", padding_mode=padding, align_corners=False
    )


def centers(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the places (1, 1, W) and (1, H, 1) of the centers of pixels: right and down, in pixels."""
    height, width = x.shape[-2:]
    right = torch.arange(width, device=x.device).to(x) + 0.5
    down = torch.arange(height, device=x.device).to(x) + 0.5
    return right[None, None], down[None, :, None]
