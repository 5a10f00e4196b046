"""The difference of logits ratio, which does not change when logits are shifted or scaled."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.core import UsageError
from durometer.core.goal import Goal
from durometer.tasks.goal import ClassGoal

TINY = 1e-12


def dlr(output: Tensor, goal: Goal) -> Tensor:
    """Return -(z_y - max other z) / (z_1 - z_3), z_1 >= z_2 >= … sorted (Croce and Hein, 2020, equation 6).

    With several right classes z_y is the highest of them, and the others are those that are not right.
    """
    goal = of_classes(goal)
    values = goal.values(output)
    inside, outside = goal.best(values)
    top = values.topk(3, dim=1).values
    ratio = (inside - outside) / (top[:, 0] - top[:, 2] + TINY)
    return ratio if goal.targeted else -ratio


def dlr_targeted(output: Tensor, goal: Goal) -> Tensor:
    """Return -(z_y - z_t) / (z_1 - (z_3 + z_4) / 2), t the class that the goal aims at (equation 7).

    A goal of wanted classes is led to the best of them: t is that one, and y the best other.
    """
    goal = of_classes(goal)
    values = goal.values(output)
    inside, outside = goal.best(values)
    rise = inside - outside if goal.targeted else aimed(values, goal) - inside
    top = values.topk(4, dim=1).values
    return rise / (top[:, 0] - (top[:, 2] + top[:, 3]) / 2 + TINY)


def of_classes(goal: Goal) -> ClassGoal:
    """Return the goal, if it is one of classes.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(goal, ClassGoal):
        raise UsageError("this loss is for classifiers", fix="Use loss = 'task'")
    return goal


def aimed(values: Tensor, goal: ClassGoal) -> Tensor:
    """Return the logits (B,) of the classes that a goal aims at.

    Raises:
        UsageError: it aims at none.
    """
    if goal.aim is None:
        raise UsageError("a targeted loss needs a class to lead to", fix="Use goal.aimed(classes)")
    return torch.gather(values, 1, goal.aim[:, None])[:, 0]
