"""The losses that attacks on classifiers raise, one file each: (logits of a goal, the goal) -> (B,).

To add one: write a function of a `ClassGoal` and the outputs, and list it below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from durometer.attack.engine.prober import Loss
from durometer.attack.losses.dlr import dlr, dlr_targeted
from durometer.attack.losses.margin import margin, margin_targeted
from durometer.attack.losses.soft_margin import soft_margin
from durometer.core import UsageError
from durometer.core.goal import Goal
from durometer.tasks.goal import ClassGoal

LossName = Literal["task", "ce", "dlr", "dlr-targeted", "margin", "margin-targeted", "soft-margin"]
CLASSES: Mapping[str, int] = {"dlr": 3, "dlr-targeted": 4}
"""The fewest classes with which a loss makes sense; two for the others."""


def task_loss(output: Tensor, goal: Goal) -> Tensor:
    """Return the loss of the task itself; for classification the cross-entropy."""
    return goal.loss(output)


LOSSES: Mapping[str, Loss] = {
    "task": task_loss,
    "ce": task_loss,
    "dlr": dlr,
    "dlr-targeted": dlr_targeted,
    "margin": margin,
    "margin-targeted": margin_targeted,
    "soft-margin": soft_margin,
}


def loss_named(name: str, goal: Goal) -> Loss:
    """Return a loss that makes sense for a goal.

    Raises:
        UsageError: it needs classes, or more of them.
    """
    if name == "task":
        return task_loss
    fewest = CLASSES.get(name, 2)
    if not isinstance(goal, ClassGoal):
        raise UsageError(f"the loss {name!r} is for classifiers", fix="Use loss = 'task'")
    if goal.marked.shape[1] < fewest:
        raise UsageError(
            f"the loss {name!r} needs {fewest} classes, and {goal.marked.shape[1]} compete",
            fix="Use loss = 'ce'",
        )
    return LOSSES[name]
