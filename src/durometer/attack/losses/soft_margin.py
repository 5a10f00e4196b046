"""The smooth difference of logits: the direction of the cross-entropy, and no saturation."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.attack.losses.dlr import of_classes
from durometer.core.goal import Goal


def soft_margin(output: Tensor, goal: Goal) -> Tensor:
    """Return log Σ exp over the other logits minus log Σ exp over the right ones; turned around if targeted.

    The cross-entropy is log(1 + exp(this)), so that its gradient has the same direction, but vanishes where a
    network is sure; this one does not.
    """
    goal = of_classes(goal)
    values = goal.values(output)
    inside = values.masked_fill(~goal.marked, -torch.inf).logsumexp(dim=1)
    outside = values.masked_fill(goal.marked, -torch.inf).logsumexp(dim=1)
    return inside - outside if goal.targeted else outside - inside
