"""Every background of the bank behind the object; the worst one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.base import Asking, Candidate, Make, Room, Search, worst_of
from durometer.core import Param, Stressor


@dataclass(frozen=True)
class WorstBackground(Search):
    """Put the object before every background of the bank (never its own) and keep the worst.

    With all of them asked, the share of samples right before every one is the challenge accuracy of the
    Backgrounds Challenge (Xiao et al., 2021), here with any bank, beside its null, and over all samples.
    """

    most: Annotated[
        int | None, Param("ask at most so many, drawn for each sample; all if left out", low=1)
    ] = None
    stop: Annotated[bool, Param("stop at the first wrong answer: faster, and not the worst of all")] = False

    name: ClassVar[str] = "worst-background"
    source: ClassVar[str] = "xiao2021"
    donors: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return "worst background" if self.most is None else f"worst background of {self.most}"

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        return (make("random-background", {}),)

    def ask(self, room: Room, /) -> Asking:
        stressor = self.stressors(room.make)[0]
        candidates = [
            Candidate(stressor, f"background of {room.donors[i]}", donor=i) for i in self._chosen(room)
        ]
        return (yield from worst_of(candidates, stop=self.stop))

    def _chosen(self, room: Room) -> list[int]:
        listed = list(room.donors)
        if self.most is None or self.most >= len(listed):
            return listed
        order = room.dice.permutation("donors", len(listed))[0].tolist()
        return sorted(listed[i] for i in order[: self.most])
