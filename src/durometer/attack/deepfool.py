"""DeepFool: steps to the nearest of the linearized boundaries to all other classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Nearest, Outcome, Prober, Room, Slopes
from durometer.attack.engine.room import per_point
from durometer.attack.minimal import check_norm, outcome, refine
from durometer.core import Attack, Batch, Dice, Json, Oracle, Param, Threat, Trait, UsageError
from durometer.core.goal import Goal
from durometer.ops.hyperplane import toward
from durometer.ops.norms import DUAL, length
from durometer.tasks.goal import ClassGoal

BEYOND = 1e-6
"""A step goes so much farther than the boundary, in the unit of the distance: on it, nothing is broken."""


@dataclass(frozen=True)
class DeepFool(Attack):
    """DeepFool (Moosavi-Dezfooli et al., 2016) in l2 and linf.

    Each step goes toward the nearest of the boundaries to other classes, as their gradients have it, inside
    the box of inputs. Unlike the paper's it goes part of the way only, which follows curved boundaries
    better, and what breaks a point is drawn back along the ray.
    """

    name: ClassVar[str] = "deepfool"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "moosavi2016"
    within: ClassVar[dict[str, Json]] = {"name": "l2", "epsilon": 1000.0}

    steps: Annotated[int, Param("steps at most", low=1)] = 50
    classes: Annotated[int, Param("other classes that are looked at, the likeliest first", low=1)] = 9
    step: Annotated[float, Param("share of the way to the boundary: 1 is published", low=0.01, high=1)] = 0.7
    overshoot: Annotated[float, Param("share by which the change is lengthened", low=0)] = 0.02

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the nearest broken input found for each sample.

        Raises:
            ExtensionError: the threat is neither l2 nor linf.
            UsageError: the model is no classifier.
        """
        box = check_norm(threat, ("l2", "linf"), self.name)
        prober = Prober(oracle, batch)
        nearest = Nearest(prober)
        room = prober.room(threat, dice)
        self._run(prober, room.select(nearest.unbroken(room)), nearest, box)
        refine(prober, room, nearest)
        return outcome(prober, nearest)

    def _run(self, prober: Prober, room: Room, nearest: Nearest, box: tuple[float, float]) -> None:
        rival = rivals(prober, room, self.classes)
        x, change = room.x, torch.zeros_like(room.x)
        for _ in range(self.steps):
            if not len(room):
                return
            slopes = prober.slopes(x, room, partial(_ahead_of, rival))
            nearest.take(room, x, slopes.seen)
            change = change + self.step * nearest_plane(x, slopes, room.threat.name, box)
            x = (room.x + (1 + self.overshoot) * change).clamp(*box)
            if x.device.type == "cpu":  # elsewhere points that are done go on; the nearest is kept
                keep = (~slopes.seen.broken).nonzero()[:, 0]
                room, x, change, rival = room.select(keep), x[keep], change[keep], rival[keep]
        if len(room):
            nearest.take(room, x, prober.ask(x, room))


def rivals(prober: Prober, room: Room, most: int) -> Tensor:
    """Return (n, k) the classes that may break each point, those with the highest logits first."""
    goal = _classes(room.goal)
    values = goal.values(prober.clean[room.at])
    order = values.masked_fill(~_breaking(goal), -torch.inf).argsort(dim=1, descending=True, stable=True)
    return order[:, : min(most, values.shape[1] - 1)]


def ahead(output: Tensor, goal: Goal, rival: Tensor) -> Tensor:
    """Return (n, k) how far the logits of classes are ahead of the best of those that hold a point.

    Minus infinity for a class that is no rival: a point with fewer rivals than others has some.
    """
    goal = _classes(goal)
    values = goal.values(output)
    inside, outside = goal.best(values)
    against = values.masked_fill(~_breaking(goal), -torch.inf).gather(1, rival)
    return against - (outside if goal.targeted else inside)[:, None]


def _ahead_of(rival: Tensor, output: Tensor, goal: Goal, rows: Tensor) -> Tensor:
    return ahead(output, goal, rival[rows])


def nearest_plane(x: Tensor, slopes: Slopes, norm: str, box: tuple[float, float]) -> Tensor:
    """Return the smallest change that makes one of the values 0, were they linear; within the box."""
    n, k = slopes.values.shape
    steepness = length(slopes.gradients.flatten(0, 1), DUAL[norm]).reshape(n, k)
    far = torch.where(steepness > 0, slopes.values.abs() / steepness, torch.inf)
    best = far.argmin(dim=1)
    rows = torch.arange(n, device=x.device)
    slope, value = slopes.gradients[rows, best], slopes.values[rows, best]
    # where another runtime judges than the one that gives gradients, its margin says how far there is to go
    value = torch.minimum(value, -slopes.seen.margin)
    offset = value - BEYOND * steepness[rows, best].to(value)
    low, high = box
    step = toward(x.flatten(1), slope.flatten(1), offset, norm=norm, low=low, high=high)
    return torch.where(per_point(far[rows, best].isfinite(), x), step.reshape(x.shape), 0.0)


def _breaking(goal: ClassGoal) -> Tensor:
    """Return (n, K) bool: the classes of which one must win."""
    return goal.marked if goal.targeted else ~goal.marked


def _classes(goal: Goal) -> ClassGoal:
    if not isinstance(goal, ClassGoal):
        raise UsageError("deepfool attacks classifiers", fix="Use attack = 'pgd'")
    return goal
