"""The boundary attack: a random walk along the boundary, drawn toward the untouched input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Nearest, Outcome, Prober, Room, State
from durometer.attack.engine.room import per_point
from durometer.attack.labels import Labels, start, to_boundary
from durometer.attack.minimal import check_norm, outcome
from durometer.core import Attack, Batch, Dice, Json, Oracle, Param, Threat, Trait
from durometer.ops.norms import length

HALVINGS = 10
"""Halvings of the way to the first broken input."""
AHEAD = 64
"""Steps whose random numbers are drawn together."""
WANTED = {"around": 0.5, "toward": 0.25}
"""Shares of steps around the input, and of whole steps, that should stay broken."""


@dataclass(frozen=True)
class Boundary(Attack):
    """Boundary attack (Brendel, Rauber and Bethge, 2018) in l2: it sees only right or wrong.

    A step goes a random way around the untouched input and then toward it, and is kept where it is broken
    and nearer. Both lengths grow by `change` to the power of (1 - w) where an answer is yes and shrink by it
    to the power of w where it is no, w = 0.5 and 0.25: shares of yes then settle at w. The paper says what
    the shares should be about; this rule is ours.
    """

    name: ClassVar[str] = "boundary"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "brendel2018"
    within: ClassVar[dict[str, Json]] = {"name": "l2", "epsilon": 1000.0}

    queries: Annotated[int, Param("questions a sample, beside the untouched input", low=1)] = 1000
    starts: Annotated[int, Param("random inputs that are tried as a start", low=1)] = 100
    around: Annotated[float, Param("first step around the input", "of the distance", low=0)] = 0.1
    toward: Annotated[float, Param("first step toward the input", "of the distance", low=0)] = 0.1
    change: Annotated[float, Param("factor by which steps grow and shrink", low=1)] = 1.5
    every: Annotated[int, Param("steps of which one is asked about before it goes toward", low=1)] = 5

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the nearest broken input found for each sample.

        Raises:
            ExtensionError: the threat is not l2.
        """
        box = check_norm(threat, ("l2",), self.name)
        prober = Prober(oracle, batch)
        nearest = Nearest(prober)
        labels = Labels(prober, nearest, self.queries)
        room = prober.room(threat, dice)
        room, far = start(labels, room.select(nearest.unbroken(room)), box, self.starts)
        x = to_boundary(labels, room, far, HALVINGS)
        ones = x.new_ones(len(x))
        self._run(labels, room, {"x": x, "around": ones * self.around, "toward": ones * self.toward}, box)
        return outcome(prober, nearest)

    def _run(self, labels: Labels, room: Room, state: State, box: tuple[float, float]) -> None:
        turn = 0
        while len(keep := labels.some(room)):
            room, state = room.select(keep), {k: v[keep] for k, v in state.items()}
            drawn = room.dice.normal(f"steps {turn}", (AHEAD, *room.x.shape[1:])).to(room.x)
            for k in range(AHEAD):
                state = self._step(labels, room, state, drawn[:, k], box, turn + k)
            turn += AHEAD

    def _step(
        self, labels: Labels, room: Room, state: State, drawn: Tensor, box: tuple[float, float], turn: int
    ) -> State:
        beside = _around(room.x, state["x"], drawn, state["around"]).clamp(*box)
        around, toward = state["around"], state["toward"]
        if turn % self.every == 0:
            around = self._adapted(around, labels.ask(beside, room), "around")
        back, distance = room.x - beside, length(state["x"] - room.x, "l2")
        size = length(back, "l2")
        # the box may have changed the distance: the step ends where it would have ended without
        share = ((toward * distance + size - distance) / size.clamp_min(1e-300)).clamp(0, 1)
        ahead = (beside + per_point(share, back).to(back) * back).clamp(*box)
        broken = labels.ask(ahead, room)
        toward = self._adapted(toward, broken, "toward").clamp_max(0.5)
        nearer = broken & (length(ahead - room.x, "l2") < distance)
        x = torch.where(per_point(nearer, ahead), ahead, state["x"])
        return {"x": x, "around": around.clamp_max(1.0), "toward": toward}

    def _adapted(self, step: Tensor, answer: Tensor, which: str) -> Tensor:
        up, down = self.change ** (1 - WANTED[which]), self.change ** -WANTED[which]
        return step * torch.where(answer, up, down)


def _around(x: Tensor, far: Tensor, drawn: Tensor, step: Tensor) -> Tensor:
    """Return a point as far from x as `far` is, a step (n,) times that distance beside it."""
    back, flat = (far - x).flatten(1).double(), drawn.flatten(1).double()
    size = torch.linalg.vector_norm(back, dim=1, keepdim=True).clamp_min(1e-300)
    out = back / size
    flat = flat - (flat * out).sum(dim=1, keepdim=True) * out
    side = flat / torch.linalg.vector_norm(flat, dim=1, keepdim=True).clamp_min(1e-300)
    wide = step.double()[:, None]
    moved: Tensor = size * (out + wide * side) / (1 + wide * wide).sqrt()
    return x + moved.to(x).reshape(x.shape)
