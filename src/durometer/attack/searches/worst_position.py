"""The object at every place of a grid; the worst one counts, and all of them make a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.base import Asking, Candidate, Make, Room, Search, worst_of
from durometer.core import Param, Stressor
from durometer.core.recipe import Step, written


@dataclass(frozen=True)
class WorstPosition(Search):
    """Move the object's centroid to the middle of every cell of a grid and keep the worst place.

    Places where the object does not fit whole are left out for that sample, and counted.
    """

    side: Annotated[int, Param("cells across and down", low=2, high=32)] = 5

    name: ClassVar[str] = "worst-position"

    @property
    def title(self) -> str:
        return f"worst position of {self.side} × {self.side}"

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        return (make("position", {"at": [0.5, 0.5]}),)

    def ask(self, room: Room, /) -> Asking:
        middles = [round((i + 0.5) / self.side, 6) for i in range(self.side)]
        return (yield from worst_of([_at(room.make, x, y) for y in middles for x in middles]))


def _at(make: Make, x: float, y: float) -> Candidate:
    values = {"at": [x, y]}
    return Candidate(make("position", values), written(Step("position", named=values)), x=x, y=y)
