"""Classification as seen by someone who wants a certain answer: right is what keeps it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from torch import Tensor

from durometer.tasks.classification import Classification
from durometer.tasks.goal import ClassGoal


@dataclass(frozen=True)
class Wanted(Classification):
    """A classifier under a targeted attack; targets are the classes that it wants, any of which will do.

    Everything is turned around: a score of 0 says that a wanted class won, and the loss falls as the others
    gain. So a search for the lowest score and the highest loss leads to the wanted classes.
    """

    @classmethod
    def of(cls, task: Classification) -> Wanted:
        """Return the targeted side of a task."""
        return cls(**{f.name: getattr(task, f.name) for f in fields(task)})

    def score(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) float32: 0 where a wanted class wins, else 1; also where the output is not finite."""
        return 1 - super().score(output, target)

    def loss(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) the log of the probability of the wanted classes together."""
        return -super().loss(output, target)

    def goal(self, output: Tensor, target: Sequence[frozenset[int]], /) -> ClassGoal:
        """Return what an attack on these samples is after: an answer that is one of the wanted."""
        return replace(super().goal(output, target), targeted=True)
