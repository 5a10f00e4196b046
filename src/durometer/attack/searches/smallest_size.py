"""How small the object may become before it is no longer recognized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.axis import Axis, Span, ends_of
from durometer.attack.searches.base import Asking, Make, Room, Search
from durometer.attack.searches.failing import failure
from durometer.core import Dial, Param, Stressor


@dataclass(frozen=True)
class SmallestSize(Search):
    """Find, for each sample, the smallest share of the canvas at which the object is still recognized.

    A descending grid of sizes in equal ratios is asked, then the first step that fails is halved `rounds`
    times. The fact `held` is the smallest surviving size, `value` the largest failing one below it.
    """

    name: ClassVar[str] = "smallest-size"

    largest: Annotated[float, Param("share of the canvas to begin with", low=0.001, high=0.9)] = 0.2
    smallest: Annotated[float, Param("share of the canvas to end with", low=0.001, high=0.9)] = 0.005
    steps: Annotated[int, Param("sizes of the grid after the first", low=1, high=256)] = 8
    rounds: Annotated[int, Param("halvings of the step that fails", low=0, high=30)] = 4

    def __post_init__(self) -> None:
        if self.smallest >= self.largest:
            raise ValueError(f"smallest = {self.smallest:g} is not below largest = {self.largest:g}")

    @property
    def span(self) -> Span:
        """The axis between its ends."""
        return Span(Axis("size", "share", (self.largest, self.smallest), {}), "ratio")

    @property
    def title(self) -> str:
        return "smallest size that survives"

    @property
    def dial(self) -> Dial:
        return Dial(self.name, unit="share of pixels")

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        return ends_of(self.span, make)

    def ask(self, room: Room, /) -> Asking:
        return (yield from failure(self.span, room.make, steps=self.steps, rounds=self.rounds))
