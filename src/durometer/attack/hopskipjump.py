"""HopSkipJump: the boundary's normal from yes-or-no answers around a point of it, a jump along it, back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Nearest, Outcome, Prober, Room
from durometer.attack.engine.room import per_point
from durometer.attack.labels import Labels, start, to_boundary
from durometer.attack.minimal import check_norm, outcome
from durometer.attack.normal import normal, unit
from durometer.core import Attack, Batch, Dice, Json, Oracle, Param, Threat, Trait
from durometer.ops.norms import length

FIRST = 0.1
"""How far the first directions reach, of the range of inputs."""
WIDEST = 0.02
"""How far directions reach at most, of the distance: with few values, gamma / d is no small part."""
FEWEST = 10
"""Halvings at least."""
MOST = 10_000
"""Directions at most in one estimate."""
JUMPS = 20
"""Halvings of a jump at most."""


@dataclass(frozen=True)
class HopSkipJump(Attack):
    """HopSkipJump (Chen, Jordan and Wainwright, 2020), l2 and linf: it sees right or wrong.

    A round asks about `directions` times the square root of its number of random directions around a point of
    the boundary; their mean, each with its answer as sign, is the way to go. It stops at the budget.
    """

    name: ClassVar[str] = "hopskipjump"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "chen2020"
    within: ClassVar[dict[str, Json]] = {"name": "l2", "epsilon": 1000.0}

    queries: Annotated[int, Param("questions a sample, beside the untouched input", low=1)] = 1000
    directions: Annotated[int, Param("directions in the first round", low=1)] = 100
    starts: Annotated[int, Param("random inputs that are tried as a start", low=1)] = 100
    gamma: Annotated[float, Param("how near the boundary is approached: 1 is published", low=1e-6)] = 1.0

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the nearest broken input found for each sample.

        Raises:
            ExtensionError: the threat is neither l2 nor linf.
        """
        box = check_norm(threat, ("l2", "linf"), self.name)
        prober = Prober(oracle, batch)
        nearest = Nearest(prober)
        labels = Labels(prober, nearest, self.queries)
        room = prober.room(threat, dice)
        room, far = start(labels, room.select(nearest.unbroken(room)), box, self.starts)
        self._run(labels, room, far, box)
        return outcome(prober, nearest)

    def _run(self, labels: Labels, room: Room, far: Tensor, box: tuple[float, float]) -> None:
        turn, d = 0, far[:1].numel()
        while len(room):
            turn += 1
            spread = length(far - room.x, room.threat.name).to(far) * min(self.gamma / d, WIDEST)
            if turn == 1:
                spread = torch.full_like(spread, FIRST * (box[1] - box[0]))
            x = to_boundary(labels, room, far, self._halvings(room))
            keep = labels.some(room)
            room, x = room.select(keep), x[keep]
            if len(room):
                way = self._normal(labels, room, x, spread[keep], turn, box)
                far = self._jump(labels, room, x, way, turn, box)

    def _halvings(self, room: Room) -> int:
        """Return how often a way must be halved to be below gamma / d^1.5 of it, in linf gamma / d²."""
        power = 1.5 if room.threat.name == "l2" else 2.0
        return max(FEWEST, math.ceil(power * math.log2(max(room.x[0].numel(), 2)) - math.log2(self.gamma)))

    def _normal(
        self, labels: Labels, room: Room, x: Tensor, spread: Tensor, turn: int, box: tuple[float, float]
    ) -> Tensor:
        """Return the direction into what is broken, of length 1; in linf its signs."""
        total = min(int(self.directions * math.sqrt(turn)), MOST)
        way = normal(labels, room, x, spread, total, partial(self._drawn, room, f"{turn} "), box)
        return way.sign() if room.threat.name == "linf" else unit(way[:, None])[:, 0]

    def _drawn(self, room: Room, purpose: str, block: int, m: int) -> Tensor:
        """Return (n, m, ...) directions of length 1: normal numbers in l2, uniform ones in linf."""
        shape, purpose = (m, *room.x.shape[1:]), f"{purpose}{block}"
        if room.threat.name == "l2":
            drawn = room.dice.normal(purpose, shape)
        else:
            drawn = room.dice.uniform(purpose, shape, -1.0, 1.0)
        return unit(drawn.to(room.x))

    def _jump(
        self, labels: Labels, room: Room, x: Tensor, way: Tensor, turn: int, box: tuple[float, float]
    ) -> Tensor:
        """Return the points a jump ahead, halved until it lands in what is broken; else where they stood."""
        size = (length(x - room.x, room.threat.name) / math.sqrt(turn)).to(x)
        landed, open_ = x.clone(), torch.arange(len(room), device=x.device)
        for _ in range(JUMPS):
            part = room.select(open_)
            ahead = (x[open_] + per_point(size[open_], x) * way[open_]).clamp(*box)
            broken = labels.ask(ahead, part)
            landed[open_] = torch.where(per_point(broken, x), ahead, landed[open_])
            size = size / 2
            open_ = open_[~broken & (labels.left(part) > 0)]
            if not len(open_):
                break
        return landed
