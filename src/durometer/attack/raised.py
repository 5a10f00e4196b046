"""PGD on a loss of one's own."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from durometer.attack.engine.prober import Loss
from durometer.attack.losses import task_loss
from durometer.attack.pgd import PGD
from durometer.core.goal import Goal


@dataclass(frozen=True)
class Raised(PGD):
    """The walk of `PGD` that follows another loss than the task's.

    Attributes:
        raised: The loss.
    """

    raised: Loss = task_loss

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the loss that is raised."""
        return self.raised(output, goal)
