"""How far a change must turn away from a random direction of an L2 ball."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.attack.engine import State
from durometer.core import Dice
from durometer.threat import L2

TINY = 1e-12


@dataclass(frozen=True)
class Angle:
    """A direction; changes of length epsilon within an angle of it, in radians, are tried.

    The ends of the input range cut what is tried, which shortens it and may turn it a little further.

    Attributes:
        threat: The ball.
        state: `axis` (n, ...) the directions, of length 1.
    """

    threat: L2
    state: State

    @classmethod
    def draw(cls, threat: L2, x: Tensor, dice: Dice) -> Angle:
        """Draw a direction for each point of (n, ...), uniform on the sphere."""
        return cls(threat, {"axis": threat.steepest(dice.normal("sparsity axis", tuple(x.shape[1:])).to(x))})

    @staticmethod
    def most(x: Tensor) -> float:
        """Return the widest angle: the whole sphere."""
        return math.pi

    @staticmethod
    def middle(low: Tensor, high: Tensor) -> Tensor:
        """Return what to try next between an angle that fails and one that does not."""
        return (low + high) / 2

    def start(self, x: Tensor) -> Tensor:
        """Return the end of the direction itself, cut at the ends of the range."""
        return (x + self.threat.epsilon * self.state["axis"]).clamp(self.threat.low, self.threat.high)

    def project(self, x: Tensor, other: Tensor, within: Tensor) -> Tensor:
        """Return the change turned back into the cap where it has left it, at length epsilon."""
        change, axis = (other - x).flatten(1).double(), self.state["axis"].flatten(1).double()
        along = (change * axis).sum(dim=1, keepdim=True)
        across = change - along * axis
        width = torch.linalg.vector_norm(across, dim=1, keepdim=True)
        turned = torch.minimum(torch.atan2(width, along), within[:, None].double())
        kept = turned.cos() * axis + turned.sin() * across / width.clamp_min(TINY)
        ahead: Tensor = x + self.threat.epsilon * kept.to(x).reshape(x.shape)
        return ahead.clamp(self.threat.low, self.threat.high)

    def select(self, index: Tensor) -> Angle:
        """Return the directions of these points."""
        return Angle(self.threat, {name: value[index] for name, value in self.state.items()})
