"""FMN: gradient steps inside a ball whose radius follows the boundary, in four norms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.decay import cosine
from durometer.attack.engine import Nearest, Outcome, Prober, Room, Seen, State, search
from durometer.attack.engine.room import per_point
from durometer.attack.losses.soft_margin import nearing
from durometer.attack.minimal import check_norm, outcome, refine
from durometer.core import Attack, Batch, Dice, Json, Oracle, Param, Threat, Trait
from durometer.core.goal import Goal
from durometer.ops.norms import DUAL, length, within

TINY = 1e-12
BEYOND = 1.01
"""The first radius reaches a little beyond the boundary: on it, nothing is broken."""


@dataclass(frozen=True)
class FMN(Attack):
    """Fast minimum-norm attack (Pintor et al., 2021, algorithm 1) in linf, l2, l1 and l0.

    Until a point breaks, the radius is the distance of the boundary as the gradient has it; then it shrinks
    while the point is broken and grows while it is not, by a share that itself shrinks. On classifiers it
    follows the soft margin, smooth over the classes, where published is the margin: it ends nearer.
    """

    name: ClassVar[str] = "fmn"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "pintor2021"
    within: ClassVar[dict[str, Json]] = {"name": "linf", "epsilon": 1.0}

    steps: Annotated[int, Param("steps along the gradient", low=1)] = 100
    step: Annotated[float, Param("Euclidean length of the first step", "of the input range", low=0)] = 1.0
    last_step: Annotated[float, Param("Euclidean length of the last step", low=0)] = 1e-5
    change: Annotated[float, Param("first share by which the radius changes", low=0, high=1)] = 0.05
    last_change: Annotated[float, Param("last share by which it changes", low=0, high=1)] = 0.001

    @property
    def turns(self) -> int:
        """How often it moves."""
        return self.steps

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the nearest broken input found for each sample."""
        check_norm(threat, tuple(DUAL), self.name)
        prober = Prober(oracle, batch)
        nearest = Nearest(prober)
        room = prober.room(threat, dice)
        search(self, prober, room, nearest)
        refine(prober, room, nearest)
        return outcome(prober, nearest)

    def begin(self, room: Room, restart: int, /) -> State:
        """Start at the input with an open radius."""
        open_ = room.x.new_full((len(room),), torch.inf).double()
        return {"x": room.x.clone(), "radius": open_, "best": open_}

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the margin, softened where there are classes, turned around: 0 near the boundary."""
        return nearing(output, goal)

    def move(self, room: Room, state: State, seen: Seen, turn: int, /) -> State:
        """Fit the radius to the boundary, step, and go back into the ball."""
        assert seen.gradient is not None
        norm, share = room.threat.name, turn / max(self.steps - 1, 1)
        change = state["x"] - room.x
        size = length(change, norm)
        best = torch.where(seen.broken, torch.minimum(state["best"], size), state["best"])
        radius = self._radius(state, seen, size, best, cosine(self.change, self.last_change, share), norm)
        slope = seen.gradient / per_point(length(seen.gradient, "l2").clamp_min(TINY), change).to(change)
        ahead = change + cosine(self.step, self.last_step, share) * slope
        low, high = room.threat.low, room.threat.high  # type: ignore[attr-defined]
        return {"x": (room.x + within(ahead, radius, norm)).clamp(low, high), "radius": radius, "best": best}

    def _radius(
        self, state: State, seen: Seen, size: Tensor, best: Tensor, change: float, norm: str
    ) -> Tensor:
        assert seen.gradient is not None
        assert seen.loss is not None
        ever = best.isfinite()
        gap = seen.loss.double().abs() / length(seen.gradient, DUAL[norm]).clamp_min(TINY)
        guess = size + BEYOND * gap
        smaller = torch.minimum(state["radius"], best) * (1 - change)
        larger = state["radius"] * (1 + change)
        if norm == "l0":
            smaller = torch.minimum(smaller.floor(), torch.minimum(state["radius"], best) - 1).clamp_min(1)
            larger, guess = torch.maximum(larger.floor(), state["radius"] + 1), guess.ceil()
        return torch.where(seen.broken, smaller, torch.where(ever, larger, guess))
