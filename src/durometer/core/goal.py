"""What an attack is after: which outputs count as broken, and how far an output is from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from durometer.core.nouns import Target
from durometer.core.protocols import Task


class Goal(Protocol):
    """The aim of an attack on the samples of a batch; row i of every output belongs to sample i.

    All tensors, so that it is told apart and put together without waiting for the host.
    """

    def select(self, index: Tensor, /) -> Goal:
        """Return the goal for these positions of the batch; a position may appear several times."""
        ...

    def broken(self, output: Tensor, /) -> Tensor:
        """Return (B,) bool: is this output what the attack wants? One that is not finite always is."""
        ...

    def margin(self, output: Tensor, /) -> Tensor:
        """Return (B,) how far from broken an output is; less is nearer. It orders what is not broken yet."""
        ...

    def loss(self, output: Tensor, /) -> Tensor:
        """Return the (B,) loss that the attack raises."""
        ...


@dataclass(frozen=True)
class TaskGoal(Goal):
    """The goal in any task: the lowest score, by raising the task's own loss; nothing but 0 ends the search.

    Attributes:
        task: What answers mean.
        target: One target a sample.
    """

    task: Task
    target: tuple[Target, ...]

    def select(self, index: Tensor, /) -> TaskGoal:
        """Return the goal for these positions."""
        return TaskGoal(self.task, tuple(self.target[i] for i in index.tolist()))

    def broken(self, output: Tensor, /) -> Tensor:
        """Return (B,) bool: does it score 0?"""
        return self.task.score(output, self.target) <= 0

    def margin(self, output: Tensor, /) -> Tensor:
        """Return (B,) the score."""
        return self.task.score(output, self.target)

    def loss(self, output: Tensor, /) -> Tensor:
        """Return the task's (B,) loss."""
        return self.task.loss(output, self.target)


def goal_of(task: Task, output: Tensor, target: Sequence[Target]) -> Goal:
    """Return the task's own goal for these targets, or the general one.

    Args:
        task: A task; its method `goal(output, target)`, where it has one, is asked.
        output: (B, ...) of the same samples; gives the number of outputs and the device.
        target: One a sample.
    """
    own = getattr(task, "goal", None)
    made: Goal = own(output, target) if own is not None else TaskGoal(task, tuple(target))
    return made


def every(n: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the positions of n samples."""
    return torch.arange(n, device=device)
