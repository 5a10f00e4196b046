"""The object turned to every angle of a sweep; the worst one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.axis import Axis
from durometer.attack.searches.base import Asking, Make, Room, Search, worst_of
from durometer.core import Param, Stressor


@dataclass(frozen=True)
class WorstAngle(Search):
    """Turn the object about its centroid to every angle and keep the worst.

    Angles at which more than a twentieth of the object would leave the canvas are left out for that sample,
    and counted.
    """

    angles: Annotated[
        tuple[float, ...], Param("counterclockwise", unit="degrees", low=-360, high=360)
    ] = (-90.0, -60.0, -45.0, -30.0, -15.0, 15.0, 30.0, 45.0, 60.0, 90.0)  # fmt: skip

    name: ClassVar[str] = "worst-angle"

    def __post_init__(self) -> None:
        if not self.angles:
            raise ValueError("a sweep needs an angle")

    @property
    def title(self) -> str:
        return f"worst angle of {len(self.angles)}"

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        return (make("direction", {"angle": self.angles[0]}),)

    def ask(self, room: Room, /) -> Asking:
        axis = Axis("direction", "angle", self.angles, {})
        return (yield from worst_of([axis.candidate(room.make, angle) for angle in axis.values]))
