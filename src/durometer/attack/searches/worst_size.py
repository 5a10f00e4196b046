"""The object at every size of a list; the worst one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.axis import Axis
from durometer.attack.searches.base import Asking, Make, Room, Search, worst_of
from durometer.core import Param, Stressor


@dataclass(frozen=True)
class WorstSize(Search):
    """Scale the object about its centroid to every size and keep the worst.

    Sizes at which it would reach beyond the canvas are left out for that sample, and counted.
    """

    shares: Annotated[
        tuple[float, ...], Param("shares of the canvas that the object covers", low=0.001, high=0.9)
    ] = (0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03)  # fmt: skip

    name: ClassVar[str] = "worst-size"

    def __post_init__(self) -> None:
        if not self.shares:
            raise ValueError("a search over sizes needs a size")

    @property
    def title(self) -> str:
        return f"worst size of {len(self.shares)}"

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        return (make("size", {"share": self.shares[0]}),)

    def ask(self, room: Room, /) -> Asking:
        axis = Axis("size", "share", self.shares, {})
        return (yield from worst_of([axis.candidate(room.make, share) for share in axis.values]))
