"""The difference of logits, smooth over the classes that are nearly as good as the best."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.attack.losses.dlr import of_classes
from durometer.core.goal import Goal
from durometer.tasks.goal import ClassGoal

SHARE = 0.4
"""The temperature, of the gap: of 0.1 to 1.6 it ended nearest on the networks of the benchmarks."""
TINY = 1e-12


def soft_margin(output: Tensor, goal: Goal) -> Tensor:
    """Return T log Σ exp(z / T) over the other logits minus that over the right ones; reversed if targeted.

    The temperature T is `SHARE` of the gap between the best of both. So the way does not change with the
    scale of logits, as that of the cross-entropy does: far from the boundary it leads to several classes at
    once, and at the boundary it is that of the plain margin.
    """
    goal = of_classes(goal)
    values = goal.values(output)
    cold = (SHARE * goal.margin(output).detach().abs()).clamp_min(TINY)[:, None]
    inside = (values.masked_fill(~goal.marked, -torch.inf) / cold).logsumexp(dim=1)
    outside = (values.masked_fill(goal.marked, -torch.inf) / cold).logsumexp(dim=1)
    return cold[:, 0] * (inside - outside if goal.targeted else outside - inside)


def nearing(output: Tensor, goal: Goal) -> Tensor:
    """Return the soft margin of classes, and of any other goal its margin, turned around: up is nearer."""
    return soft_margin(output, goal) if isinstance(goal, ClassGoal) else -goal.margin(output)
