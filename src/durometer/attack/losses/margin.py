"""The plain difference of logits (Carlini and Wagner, 2017)."""

from __future__ import annotations

from torch import Tensor

from durometer.attack.losses.dlr import aimed, of_classes
from durometer.core.goal import Goal


def margin(output: Tensor, goal: Goal) -> Tensor:
    """Return the best other logit minus the best right one; turned around for a targeted goal."""
    return -of_classes(goal).margin(output)


def margin_targeted(output: Tensor, goal: Goal) -> Tensor:
    """Return the logit of the class that the goal aims at minus the best right one.

    A goal of wanted classes is led to the best of them.
    """
    goal = of_classes(goal)
    if goal.targeted:
        return -goal.margin(output)
    values = goal.values(output)
    return aimed(values, goal) - goal.best(values)[0]
