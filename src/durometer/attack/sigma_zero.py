"""Sigma-zero: gradient steps on a smooth count of changed pixels, with small changes dropped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.decay import cosine
from durometer.attack.engine import Nearest, Outcome, Prober, Room, Seen, State, search
from durometer.attack.engine.room import per_point
from durometer.attack.losses.soft_margin import nearing
from durometer.attack.minimal import outcome
from durometer.core import Attack, Batch, Dice, ExtensionError, Json, Oracle, Param, Threat, Trait
from durometer.core.goal import Goal
from durometer.ops.adam import adam
from durometer.threat.l0 import L0

FALL = 0.1
"""The last step is this share of the first."""
EVERYTHING = 10**9


@dataclass(frozen=True)
class SigmaZero(Attack):
    """Sigma-zero (Cinà et al., 2025): the fewest changed pixels that break a point, found with gradients.

    Adam follows the margin while it is above 0, softened over the classes where published it is plain, and
    the share of changed pixels, counted smoothly as d² / (d² + sigma) of a pixel's change d. After each step
    changes below a threshold are dropped; the threshold rises while the point is broken and falls while it is
    not. Constants are those of the authors' code. There each value counts; here a pixel does, with all its
    channels, as in the threat l0.
    """

    name: ClassVar[str] = "sigma-zero"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "cina2025"
    within: ClassVar[Mapping[str, Json]] = {"name": "l0", "pixels": EVERYTHING}

    steps: Annotated[int, Param("steps along the gradient", low=1)] = 100
    step: Annotated[float, Param("first step", "of the input range", low=0)] = 1.0
    sigma: Annotated[float, Param("squared change that counts as half a pixel", low=0)] = 1e-3
    threshold: Annotated[float, Param("first threshold", "of the input range", low=0, high=1)] = 0.3
    change: Annotated[float, Param("how fast the threshold moves, beside the step", low=0)] = 0.01

    @property
    def title(self) -> str:
        """What a person reads in a table."""
        return f"fewest pixels by sigma-zero, {self.steps} steps"

    @property
    def turns(self) -> int:
        """How often it moves."""
        return self.steps

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the broken input with the fewest changed pixels found for each sample."""
        if not isinstance(threat, L0):
            raise ExtensionError("it knows the threat l0 only", where="attack 'sigma-zero'", fix="Use l0")
        prober = Prober(oracle, batch)
        nearest = Nearest(prober)
        search(self, prober, prober.room(threat, dice), nearest)
        return outcome(prober, nearest)

    def begin(self, room: Room, restart: int, /) -> State:
        """Start at the input."""
        zero = torch.zeros_like(room.x)
        limit = room.x.new_full((len(room),), self.threshold)
        return {"x": room.x.clone(), "mean": zero, "square": zero, "threshold": limit}

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the margin, softened where there are classes, as far as it must fall; turned around."""
        return nearing(output, goal).clamp_max(0)

    def move(self, room: Room, state: State, seen: Seen, turn: int, /) -> State:
        """Step with Adam, and drop what is below the threshold."""
        assert seen.gradient is not None
        threat = room.threat
        assert isinstance(threat, L0)
        span = threat.high - threat.low
        change = (state["x"] - room.x) / span
        slope = self._counted(change) - seen.gradient * span
        size = slope.flatten(1).abs().amax(dim=1).clamp_min(1e-12)
        slope = slope / per_point(size, slope)
        ahead, mean, square = adam(slope, state["mean"], state["square"], turn)
        change = change - self._step(turn) * ahead
        x = (room.x + span * change).clamp(threat.low, threat.high)
        move = self.change * self._step(turn + 1)
        limit = (state["threshold"] + torch.where(seen.broken, move, -move)).clamp(0, 1)
        large = (x - room.x).abs() / span >= per_point(limit, x)
        x = torch.where(large.any(dim=1, keepdim=True) if x.ndim > 2 else large, x, room.x)
        return {"x": x, "mean": mean, "square": square, "threshold": limit}

    def _step(self, turn: int) -> float:
        return cosine(self.step, FALL * self.step, turn / self.steps)

    def _counted(self, change: Tensor) -> Tensor:
        """Return the gradient of the share of changed pixels."""
        squared = change.square()
        pixel = squared.sum(dim=1, keepdim=True) if change.ndim > 2 else squared
        places = math.prod(change.shape[2:]) if change.ndim > 2 else change.shape[1]
        return 2 * change * self.sigma / (pixel + self.sigma).square() / places
