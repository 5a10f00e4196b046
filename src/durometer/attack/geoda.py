"""GeoDA: the boundary's normal from yes-or-no answers, and a search along it from the untouched input."""

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
from durometer.ops.cosines import cosines
from durometer.ops.norms import length

GROWTH = 0.6 ** (-2 / 3)
"""Directions of a round, of those of the one before: the authors' code has 0.6 to that power."""
OUTWARD = 8
"""Doublings of the distance along the normal at most."""


@dataclass(frozen=True)
class GeoDA(Attack):
    """Geometric decision-based attack in l2 (after Rahmati et al., 2020): it sees labels.

    Where the boundary is nearly flat its nearest point lies along its normal, so each round estimates the
    normal at a point of the boundary and goes from the untouched input along it. The normal is summed over
    the rounds, whose directions grow in number; they are made of low frequencies. Unlike the authors' code
    it takes the mean answer off, and goes outward by doubling.
    """

    name: ClassVar[str] = "geoda"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "rahmati2020"
    within: ClassVar[dict[str, Json]] = {"name": "l2", "epsilon": 1000.0}

    queries: Annotated[int, Param("questions a sample, beside the untouched input", low=1)] = 1000
    directions: Annotated[int, Param("directions in the first round", low=1)] = 60
    frequencies: Annotated[int, Param("lowest frequencies of rows and of columns that are used", low=1)] = 75
    spread: Annotated[float, Param("how far directions reach", "of the distance", low=1e-6)] = 0.01
    starts: Annotated[int, Param("random inputs that are tried as a start", low=1)] = 100

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
        self._run(labels, room, far, box)
        return outcome(prober, nearest)

    def _run(self, labels: Labels, room: Room, far: Tensor, box: tuple[float, float]) -> None:
        turn, way = 0, torch.zeros_like(far)
        # as near the boundary as a tenth of what a direction reaches along the normal
        halvings = math.ceil(math.log2(10 / self.spread * math.sqrt(max(far[:1].numel(), 1))))
        while len(room):
            x = to_boundary(labels, room, far, halvings)
            keep = labels.some(room)
            room, x, way = room.select(keep), x[keep], way[keep]
            if not len(room):
                return
            total = round(self.directions * GROWTH**turn)
            reach = (self.spread * length(x - room.x, "l2")).to(x)
            draw = partial(self._drawn, room, f"{turn} ")
            way = way + normal(labels, room, x, reach, total, draw, box)
            far = _outward(labels, room, x, unit(way[:, None])[:, 0], box)
            turn += 1

    def _drawn(self, room: Room, purpose: str, block: int, m: int) -> Tensor:
        """Return (n, m, ...) directions of length 1, of low frequencies where there are rows and columns."""
        shape, purpose = room.x.shape[1:], f"{purpose}{block}"
        if len(shape) < 3 or max(shape[-2:]) <= self.frequencies:
            return unit(room.dice.normal(purpose, (m, *shape)).to(room.x))
        rows, columns = (cosines(k, device=room.x.device)[: self.frequencies] for k in shape[-2:])
        drawn = room.dice.normal(purpose, (m, *shape[:-2], len(rows), len(columns))).to(rows)
        return unit((rows.T @ drawn @ columns).to(room.x))


def _outward(labels: Labels, room: Room, x: Tensor, way: Tensor, box: tuple[float, float]) -> Tensor:
    """Return a broken point along a way (n, ...) from the untouched input; where none is found, x."""
    size, found = length(x - room.x, "l2").to(x), x.clone()
    open_ = torch.arange(len(room), device=x.device)
    for _ in range(OUTWARD):
        part = room.select(open_)
        ahead = (part.x + per_point(size[open_], x) * way[open_]).clamp(*box)
        broken = labels.ask(ahead, part)
        found[open_] = torch.where(per_point(broken, x), ahead, found[open_])
        size = size * 2
        open_ = open_[~broken & (labels.left(part) > 0)]
        if not len(open_):
            break
    return found
