"""One edit with every value of a list; the worst one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.axis import parse_axis
from durometer.attack.searches.base import Asking, Make, Room, Search, worst_of
from durometer.core import Param, Stressor


@dataclass(frozen=True)
class WorstOf(Search):
    """Make one edit with every listed value of one parameter and keep the worst."""

    of: Annotated[
        str, Param("an edit with one parameter as a list, such as 'rotate(degrees=[10, 20, 30])'")
    ] = "rotate(degrees=[5, 10, 15, 20, 25, 30])"
    stop: Annotated[bool, Param("stop at the first wrong answer: faster, and not the worst of all")] = False

    name: ClassVar[str] = "worst-of"

    def __post_init__(self) -> None:
        parse_axis(self.of)

    @property
    def title(self) -> str:
        axis = parse_axis(self.of)
        return f"worst {axis.name.replace('-', ' ')} of {len(axis.values)}"

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        axis = parse_axis(self.of)
        return [axis.candidate(make, value).stressor for value in axis.values]

    def ask(self, room: Room, /) -> Asking:
        axis = parse_axis(self.of)
        return (yield from worst_of([axis.candidate(room.make, v) for v in axis.values], stop=self.stop))
