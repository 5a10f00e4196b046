"""Carlini and Wagner's attack in L2: Adam on distance plus a weighted margin, and a search for the weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.decay import cosine
from durometer.attack.engine import Nearest, Outcome, Prober, Room
from durometer.attack.engine.room import per_point
from durometer.attack.losses.soft_margin import nearing
from durometer.attack.minimal import check_norm, outcome, refine
from durometer.core import Attack, Batch, Dice, Json, Oracle, Param, Threat, Trait
from durometer.core.goal import Goal
from durometer.ops.adam import adam

INSIDE = 0.999999
"""Inputs are drawn so much toward the middle of their range, where the hyperbolic tangent can be undone."""
OPEN = 1e10
"""A weight that stands for none."""
SHORTEST = 0.01
"""Length of the last step, of the first."""


@dataclass(frozen=True)
class CarliniWagner(Attack):
    """The L2 attack of Carlini and Wagner (2017), with the binary search of their code.

    It minimizes |x' - x|² + c · max(margin + confidence, 0) over w, x' = tanh(w) stretched to the range of
    inputs, by Adam; c grows tenfold until a point breaks and is then halved between what breaks and what
    does not. Published are 10,000 steps of one length, any of which may break. Here steps shorten, and the
    first half of them does not count for c: Adam's first step has one length whatever c is, and breaks what
    is near. The margin is softened over the classes, which ends nearer, and the nearest is drawn back along
    the ray.
    """

    name: ClassVar[str] = "carlini-wagner"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "carlini2017"
    within: ClassVar[dict[str, Json]] = {"name": "l2", "epsilon": 1000.0}

    searches: Annotated[int, Param("weights that are tried", low=1)] = 9
    steps: Annotated[int, Param("steps for each weight", low=2)] = 100
    rate: Annotated[float, Param("length of Adam's steps, before the hyperbolic tangent", low=0)] = 0.03
    weight: Annotated[float, Param("first weight of the margin", low=0)] = 1e-3
    confidence: Annotated[float, Param("margin beyond the boundary, in logits", low=0)] = 0.0

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the nearest broken input found for each sample.

        Raises:
            ExtensionError: the threat is not l2.
        """
        low, high = check_norm(threat, ("l2",), self.name)
        prober = Prober(oracle, batch)
        nearest = Nearest(prober)
        room = prober.room(threat, dice)
        left = room.select(nearest.unbroken(room))
        weight = left.x.new_full((len(left),), self.weight)
        lower, upper = torch.zeros_like(weight), torch.full_like(weight, OPEN)
        for _ in range(self.searches if len(left) else 0):
            broke = self._descend(prober, left, nearest, weight, (low, high))
            upper = torch.where(broke, torch.minimum(upper, weight), upper)
            lower = torch.where(broke, lower, torch.maximum(lower, weight))
            weight = torch.where(upper < OPEN, (lower + upper) / 2, weight * 10)
        refine(prober, room, nearest)
        return outcome(prober, nearest)

    def _descend(
        self, prober: Prober, room: Room, nearest: Nearest, weight: Tensor, box: tuple[float, float]
    ) -> Tensor:
        """Search with these weights (n,); return (n,) bool: was the point broken in the second half?"""
        low, high = box
        half, middle = (high - low) / 2, (high + low) / 2
        broke = torch.zeros_like(weight, dtype=torch.bool)
        w = torch.atanh(((room.x - middle) / half).clamp(-1, 1) * INSIDE)
        first = second = torch.zeros_like(w)
        wide = per_point(weight, w)
        for turn in range(self.steps):
            flat = torch.tanh(w)
            x = (middle + half * flat).clamp(low, high)
            seen = prober.look(x, room, self._excess)
            assert seen.loss is not None
            assert seen.gradient is not None
            nearest.take(room, x, seen)
            if 2 * turn >= self.steps:
                broke = broke | seen.broken
            slope = (2 * (x - room.x) + wide * seen.gradient) * half * (1 - flat * flat)
            step, first, second = adam(slope, first, second, turn)
            w = w - cosine(self.rate, SHORTEST * self.rate, turn / self.steps) * step
        return broke

    def _excess(self, output: Tensor, goal: Goal) -> Tensor:
        """Return the (n,) part of the margin that is still to fall."""
        return (self.confidence - nearing(output, goal)).clamp_min(0)
