"""The L-infinity ball: every value may change, each by at most epsilon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice, Param
from durometer.threat.directed import Directed, inside, ratio, within


@dataclass(frozen=True)
class Linf(Directed):
    """All inputs in [low, high] that differ from `x` by at most epsilon in every value.

    Tensors are (B, ...) with `x` inside [low, high].
    """

    name: ClassVar[str] = "linf"

    epsilon: Annotated[float, Param("largest change of any value", "of the input range", low=0)] = 8 / 255
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is `other` in the set around `x`?"""
        return within(self.size(x, other), self.epsilon) & inside(other, self.low, self.high)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point of the set, value by value (nearest in every p-norm)."""
        low, high = self.box(x)
        return torch.minimum(torch.maximum(other, low), high)

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high): the set itself, which is a box."""
        return (x - self.epsilon).clamp(self.low, self.high), (x + self.epsilon).clamp(self.low, self.high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return a point drawn uniformly from the set."""
        low, high = self.box(x)
        drawn = dice.uniform("linf", tuple(x.shape[1:])).to(x)
        return self.project(x, low + (high - low) * drawn)

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the largest change of any value."""
        return (other - x).abs().flatten(1).amax(dim=1)

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the gradient's signs: each value moves by 1, the way that raises the function."""
        return gradient.sign()

    def describe(self) -> str:
        """Return the set in words: `Linf within 8/255`."""
        return f"Linf within {ratio(self.epsilon)}"
