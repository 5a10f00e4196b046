"""The prober: asks a model about points of one batch, and counts what that costs each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.attack.engine.room import Room
from durometer.core import Batch, Dice, Oracle, Threat
from durometer.core.goal import Goal, every
from durometer.threat.local import around

UNSURE = 2e-4
"""Margins of at most so much, of max(1, largest output), may differ in sign between runtimes that agree."""
Loss = Callable[[Tensor, Goal], Tensor]
"""(outputs (n, ...), the goal of these rows) -> (n,) what a step raises."""


@dataclass(frozen=True)
class Seen:
    """What one question showed, one row a point.

    Attributes:
        output: (n, ...) the model's outputs.
        broken: (n,) bool.
        margin: (n,) how far from broken.
        loss: (n,) the walk's loss; None if no gradient was asked for.
        gradient: (n, ...) of the loss, zero where it is not finite; None if it was not asked for.
    """

    output: Tensor
    broken: Tensor
    margin: Tensor
    loss: Tensor | None = None
    gradient: Tensor | None = None


@dataclass(frozen=True)
class Slopes:
    """What one question for several gradients showed, one row a point.

    Attributes:
        seen: What `ask` shows.
        values: (n, k).
        gradients: (n, k, ...) of each value, zero where it is not finite.
    """

    seen: Seen
    values: Tensor
    gradients: Tensor


class Prober:
    """Questions about one batch. The untouched inputs are asked about once, at the start.

    Args:
        oracle: The model.
        batch: The untouched samples.

    Attributes:
        clean: (B, ...) outputs of the untouched inputs.
        goal: What the attack is after.
        forwards, backwards: (B,) int64, passes spent on each point; what the shell asks is not among them.
    """

    def __init__(self, oracle: Oracle, batch: Batch) -> None:
        self.oracle, self.batch = oracle, batch
        self.clean = oracle.logits(batch.x)
        self.goal = oracle.goal(self.clean, batch.y)
        self.forwards = torch.ones(len(batch), dtype=torch.long, device=batch.x.device)
        self.backwards = torch.zeros_like(self.forwards)

    def room(self, threat: Threat, dice: Dice) -> Room:
        """Return all points of the batch."""
        at = every(len(self.batch), self.batch.x.device)
        return Room(self.batch.x, at, self.goal, around(threat, self.batch), dice)

    def ask(self, x: Tensor, room: Room) -> Seen:
        """Return what the model says to one input a point of the room; one forward pass each."""
        output = self.oracle.logits(x)
        _count(self.forwards, room.at)
        return Seen(output, room.goal.broken(output), room.goal.margin(output))

    def look(self, x: Tensor, room: Room, loss: Loss) -> Seen:
        """Return what `ask` does, with a loss and its gradient; one forward and one backward pass each."""
        places = every(len(x), x.device)
        output, value, gradient = self.oracle.differentiate(
            x, lambda out, rows: loss(out, room.goal.select(places[rows]))
        )
        _count(self.forwards, room.at)
        _count(self.backwards, room.at)
        slope = gradient.nan_to_num(0.0, 0.0, 0.0)
        output, margin = self._judged(x, output, room.goal)
        return Seen(output, room.goal.broken(output), margin, value, slope)

    def slopes(self, x: Tensor, room: Room, values: Callable[[Tensor, Goal, Tensor], Tensor]) -> Slopes:
        """Return what `ask` does, with k values of each point and the gradient of each.

        One forward pass a point, and k backward passes.

        Args:
            x: (n, ...) one input a point.
            room: The points.
            values: (outputs of some points, their goal, their places in the room) -> (…, k).
        """
        places = every(len(x), x.device)
        output, value, gradients = self.oracle.jacobian(
            x, lambda out, rows: values(out, room.goal.select(places[rows]), places[rows])
        )
        _count(self.forwards, room.at)
        _count(self.backwards, room.at, value.shape[1])
        output, margin = self._judged(x, output, room.goal)
        seen = Seen(output, room.goal.broken(output), margin)
        return Slopes(seen, value, gradients.nan_to_num(0.0, 0.0, 0.0))

    def _judged(self, x: Tensor, output: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
        """Return outputs that came with a gradient, and their margins.

        Where another runtime judges than the one that gives gradients, what lies too near to the boundary for
        the two to be sure to agree is asked again; as verification, it is not counted.
        """
        margin = goal.margin(output)
        if not self.oracle.judges_apart:
            return output, margin
        scale = output.flatten(1).abs().amax(dim=1).clamp_min(1.0)
        (near,) = (margin.abs() <= UNSURE * scale).nonzero(as_tuple=True)
        if not len(near):
            return output, margin
        output = output.index_copy(0, near, self.oracle.logits(x[near]))
        return output, goal.margin(output)


def _count(passes: Tensor, at: Tensor, times: int = 1) -> None:
    """Add passes to each point; a point that is asked about several times at once pays for each."""
    passes.index_add_(0, at, torch.full_like(at, times))
