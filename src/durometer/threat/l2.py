"""The L2 ball: the whole change has a Euclidean length of at most epsilon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice, Param
from durometer.threat.directed import Directed, inside, ratio, within

ROUNDS = 64
"""More than enough: each round but the last puts at least one more value at its bound, mostly many."""


@dataclass(frozen=True)
class L2(Directed):
    """All inputs in [low, high] whose change from `x` has a Euclidean length of at most epsilon.

    Tensors are (B, ...) with `x` inside [low, high].
    """

    name: ClassVar[str] = "l2"

    epsilon: Annotated[float, Param("length of the change", "of the input range", low=0)] = 0.5
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is `other` in the set around `x`?"""
        return within(self.size(x, other), self.epsilon) & inside(other, self.low, self.high)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point, in Euclidean distance, of the ball cut by the box.

        By the conditions of Karush, Kuhn and Tucker the nearest point is clip(x + t (other - x)) with the
        largest t <= 1 that stays in the ball. With the clipped values fixed, t is the root of a quadratic;
        starting from nothing clipped, t only grows and never passes the answer.
        """
        change = (other - x).flatten(1).double()
        room = (
            torch.where(change > 0, self.high - x.flatten(1), x.flatten(1) - self.low).double().clamp_min(0)
        )
        far, free = change.abs(), torch.ones_like(change, dtype=torch.bool)
        for _ in range(ROUNDS):
            t = self._scale(far, room, free)
            still = free & (t * far < room)
            if bool((still == free).all()):
                break
            free = still
        moved = torch.sign(change) * torch.minimum(t * far, room)
        member = (far.square().sum(dim=1, keepdim=True) <= self.epsilon**2) & (far <= room).all(
            1, keepdim=True
        )
        near = torch.where(member, other.flatten(1), x.flatten(1) + moved.to(x))  # members stay, bit by bit
        return near.clamp(self.low, self.high).reshape(x.shape)

    def _scale(self, far: Tensor, room: Tensor, free: Tensor) -> Tensor:
        """Return (B, 1): how far along the change the ball's surface lies when these values are free."""
        left = (self.epsilon**2 - (room.square() * ~free).sum(dim=1, keepdim=True)).clamp_min(0)
        length = (far.square() * free).sum(dim=1, keepdim=True)
        return torch.where(length > 0, (left / length.clamp_min(1e-300)).sqrt(), 1.0).clamp_max(1.0)

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high): one value alone may use the whole length."""
        return (x - self.epsilon).clamp(self.low, self.high), (x + self.epsilon).clamp(self.low, self.high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return a point drawn uniformly from the ball and projected to the box."""
        direction = _unit(dice.normal("l2 direction", tuple(x.shape[1:])).to(x))
        share = dice.uniform("l2 radius").to(x) ** (1 / max(x[0].numel(), 1))
        return self.project(x, x + self.epsilon * _per_sample(share, x) * direction)

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the Euclidean length of the change."""
        return _length(other - x).to(x)

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the gradient scaled to length 1."""
        return _unit(gradient)

    def describe(self) -> str:
        """Return the set in words: `L2 within 0.5`."""
        return f"L2 within {ratio(self.epsilon)}"


def _length(x: Tensor) -> Tensor:
    # in double precision, so that a sample's length doesn't depend on how many others are summed beside it
    length: Tensor = torch.linalg.vector_norm(x.flatten(1).double(), dim=1)
    return length


def _unit(x: Tensor) -> Tensor:
    length = _length(x)
    scale = torch.where(length > 0, 1 / length.clamp_min(1e-300), 0.0)
    return (x.double() * _per_sample(scale, x)).to(x)


def _per_sample(values: Tensor, like: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (like.ndim - 1))
