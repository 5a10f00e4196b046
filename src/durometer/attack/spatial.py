"""Grid and random search over the few coordinates of a threat, such as turns and shifts; no gradient."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Outcome, Prober, Room
from durometer.attack.facts import spent
from durometer.attack.lifted import Lifted
from durometer.core import Attack, Batch, Dice, ExtensionError, Json, Oracle, Param, Threat, Trait

Make = Callable[[Room], Tensor]
"""Returns the next input of each point of a room."""
FIRST, LAST = 0.3, 0.02
"""Reach of the first and the last random step around the worst point, as shares of what is allowed."""


@dataclass(frozen=True)
class Spatial(Attack):
    """The worst of a grid, of random points and of random steps around the worst of these.

    The grid and the random points are those of Engstrom et al. (2019): `grid` holds how many values each
    coordinate takes, from end to end, here (turn, right, down) in the published 31 x 5 x 5; `points` random
    points alone, without grid and steps, are their worst-of-k. The steps are ours: they go `around` the worst
    point so far, shorter and shorter.
    """

    name: ClassVar[str] = "spatial"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "engstrom2019"
    within: ClassVar[Mapping[str, Json]] = {"name": "rotation-translation"}

    grid: Annotated[tuple[int, ...], Param("values of each coordinate; empty: no grid")] = (31, 5, 5)
    points: Annotated[int, Param("random points", low=0)] = 0
    around: Annotated[int, Param("random steps around the worst point", low=0)] = 100

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample."""
        if not isinstance(threat, Lifted):
            raise ExtensionError(
                f"the threat {threat.name!r} has no coordinates", where="attack 'spatial'",
                fix="Use rotation-translation, color or hsv",
            )  # fmt: skip
        self._check(threat.inner.dimensions(threat.shape), threat.inner.name)
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        room = room.select(kept.unbroken(room))
        for make in itertools.chain(self._grid(), self._draws(), self._steps(kept)):
            if not len(room):
                return
            x = make(room)
            kept.take(room, x, seen := prober.ask(x, room))
            if x.device.type == "cpu" and bool(seen.broken.any()):
                room = room.select((~seen.broken).nonzero()[:, 0])

    def _grid(self) -> Iterator[Make]:
        axes = [torch.linspace(-1, 1, n) if n > 1 else torch.zeros(1) for n in self.grid]
        return (_at(torch.stack(point)) for point in itertools.product(*axes) if axes)

    def _draws(self) -> Iterator[Make]:
        return (_drawn(f"draw {k}") for k in range(self.points))

    def _steps(self, kept: Kept) -> Iterator[Make]:
        reach = (FIRST * (LAST / FIRST) ** (k / max(self.around - 1, 1)) for k in range(self.around))
        return (_beside(kept, f"step {k}", far) for k, far in enumerate(reach))

    def _check(self, dimensions: int, name: str) -> None:
        if self.grid and len(self.grid) != dimensions:
            raise ExtensionError(
                f"its grid has {len(self.grid)} coordinates and the threat {name!r} has {dimensions}",
                where="attack 'spatial'",
                fix="Give grid as many numbers, or grid = [] with points or around",
            )


def _at(point: Tensor) -> Make:
    def make(room: Room) -> Tensor:
        space = _space(room)
        return space.packed(space.pixels(room.x), point.to(room.x).expand(len(room), -1))

    return make


def _drawn(purpose: str) -> Make:
    def make(room: Room) -> Tensor:
        return room.threat.sample(room.x, room.dice.named(f"{room.dice.stream} {purpose}", room.dice.version))

    return make


def _beside(kept: Kept, purpose: str, far: float) -> Make:
    def make(room: Room) -> Tensor:
        space, worst = _space(room), kept.x[room.at]
        point = space.point(worst)
        step = far * room.dice.uniform(purpose, tuple(point.shape[1:]), -1.0, 1.0).to(point)
        return space.project(room.x, space.packed(space.pixels(room.x), point + step))

    return make


def _space(room: Room) -> Lifted:
    assert isinstance(room.threat, Lifted)
    return room.threat
