"""Where a search takes place: the points that are still searched, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from durometer.core import Dice, Threat
from durometer.core.goal import Goal
from durometer.threat.local import among

State = dict[str, Tensor]
"""What a walk remembers of each point, first axis n; `x` is where it stands."""


@dataclass(frozen=True)
class Room:
    """Some points of a batch.

    Attributes:
        x: (n, ...) the untouched inputs.
        at: (n,) int64, their positions in the batch.
        goal: What counts as broken for each.
        threat: The set to stay in, around each.
        dice: Randomness of each: the same whoever else is still searched.
    """

    x: Tensor
    at: Tensor
    goal: Goal
    threat: Threat
    dice: Dice

    def __len__(self) -> int:
        return len(self.x)

    def select(self, index: Tensor) -> Room:
        """Return these points, given by their places in this room."""
        places = index.tolist()
        return replace(
            self,
            x=self.x[index],
            at=self.at[index],
            goal=self.goal.select(index),
            threat=among(self.threat, places),
            dice=self.dice.select(places),
        )

    def repeated(self, times: int) -> Room:
        """Return every point so many times, its copies side by side, to ask about several inputs at once.

        Its dice and its threat are those of the points themselves: draw and project before repeating.
        """
        return self.rows(torch.arange(len(self), device=self.x.device).repeat_interleave(times))

    def rows(self, index: Tensor) -> Room:
        """Return these points, some perhaps several times, to ask about; dice and threat as in `repeated`."""
        return replace(self, x=self.x[index], at=self.at[index], goal=self.goal.select(index))


def per_point(values: Tensor, like: Tensor) -> Tensor:
    """Return (n,) values shaped so that they spread over (n, ...)."""
    return values.reshape(-1, *[1] * (like.ndim - 1))
