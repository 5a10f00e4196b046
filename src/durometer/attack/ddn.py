"""DDN: a step along the gradient, then a length that shrinks while broken and grows while not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.decay import cosine
from durometer.attack.engine import Nearest, Outcome, Prober, Room, Seen, State, search
from durometer.attack.engine.room import per_point
from durometer.attack.losses import LossName, loss_named
from durometer.attack.minimal import check_norm, outcome, refine
from durometer.core import Attack, Batch, Dice, Json, Oracle, Param, Threat, Trait
from durometer.core.goal import Goal
from durometer.ops.norms import length
from durometer.threat import L2

SHORTEST = 0.01
"""Length of the last step."""


@dataclass(frozen=True)
class DDN(Attack):
    """Decoupled direction and norm (Rony et al., 2019, algorithm 1): the nearest broken input in L2.

    It raises the soft margin, where published is the cross-entropy: its way does not depend on the scale of
    logits, and it does not vanish where a network is sure.
    """

    name: ClassVar[str] = "ddn"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "rony2019"
    within: ClassVar[dict[str, Json]] = {"name": "l2", "epsilon": 1000.0}

    steps: Annotated[int, Param("steps along the gradient", low=1)] = 100
    raised: Annotated[LossName, Param("what it raises: published is ce")] = "soft-margin"
    start: Annotated[float, Param("first length of the change", "of the input range", low=0)] = 1.0
    change: Annotated[float, Param("share by which the length grows or shrinks", low=0, high=1)] = 0.05

    @property
    def turns(self) -> int:
        """How often it moves."""
        return self.steps

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the nearest broken input found for each sample."""
        check_norm(threat, ("l2",), self.name)
        prober = Prober(oracle, batch)
        nearest = Nearest(prober)
        room = prober.room(threat, dice)
        search(self, prober, room, nearest)
        refine(prober, room, nearest)
        return outcome(prober, nearest)

    def begin(self, room: Room, restart: int, /) -> State:
        """Start at the input."""
        return {"x": room.x.clone(), "length": room.x.new_full((len(room),), self.start)}

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the loss that is raised."""
        return loss_named(self.raised, goal)(output, goal)

    def move(self, room: Room, state: State, seen: Seen, turn: int, /) -> State:
        """Step, then put the point at the new length."""
        assert seen.gradient is not None
        threat = room.threat
        assert isinstance(threat, L2)
        step = cosine(1.0, SHORTEST, turn / max(self.steps - 1, 1))
        ahead = state["x"] - room.x + step * threat.steepest(seen.gradient)
        size = state["length"] * torch.where(seen.broken, 1 - self.change, 1 + self.change)
        now = length(ahead, "l2").clamp_min(1e-12).to(size)
        placed = room.x + ahead * per_point(size / now, ahead)
        return {"x": placed.clamp(threat.low, threat.high), "length": size}
