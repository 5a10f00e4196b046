"""How many values must be free, the others being stuck at a random corner of an L-infinity ball."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.attack.engine import State
from durometer.core import Dice
from durometer.threat import Linf


@dataclass(frozen=True)
class Pixels:
    """A corner of the ball and an order of its values; the first `free` of them may move, the others may not.

    Attributes:
        threat: The ball.
        state: `corner` (n, ...) the stuck changes, `rank` (n, ...) the place of each value in the order.
    """

    threat: Linf
    state: State

    @classmethod
    def draw(cls, threat: Linf, x: Tensor, dice: Dice) -> Pixels:
        """Draw a direction for each point of (n, ...)."""
        shape = tuple(x.shape[1:])
        up = dice.uniform("sparsity corner", shape).to(x) < 0.5
        rank = dice.permutation("sparsity order", x[0].numel()).to(x.device).reshape(x.shape)
        return cls(threat, {"corner": torch.where(up, threat.epsilon, -threat.epsilon).to(x), "rank": rank})

    @staticmethod
    def most(x: Tensor) -> float:
        """Return how many may be free: all."""
        return float(x[0].numel())

    @staticmethod
    def middle(low: Tensor, high: Tensor) -> Tensor:
        """Return what to try next between a size that fails and one that does not, in whole values."""
        return ((low + high) / 2).floor()

    def start(self, x: Tensor) -> Tensor:
        """Return the corner itself, cut at the ends of the range."""
        return (x + self.state["corner"]).clamp(self.threat.low, self.threat.high)

    def project(self, x: Tensor, other: Tensor, free: Tensor) -> Tensor:
        """Return the nearest point of the ball with the stuck values at their corner."""
        movable = self.state["rank"] < free.reshape(-1, *[1] * (x.ndim - 1))
        return torch.where(movable, self.threat.project(x, other), self.start(x))

    def select(self, index: Tensor) -> Pixels:
        """Return the directions of these points."""
        return Pixels(self.threat, {name: value[index] for name, value in self.state.items()})
