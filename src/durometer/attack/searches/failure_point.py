"""How far one edit can go before the answer is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.axis import Spacing, Span, ends_of, parse_span
from durometer.attack.searches.base import Asking, Make, Room, Search
from durometer.attack.searches.failing import failure
from durometer.core import Dial, Param, Stressor


@dataclass(frozen=True)
class FailurePoint(Search):
    """Find the smallest severity at which the answer is wrong, by sample; the same dice along the axis.

    A grid is asked, then the first step in which a right answer turns wrong is halved `rounds` times, so the
    point is known to (end − start) / steps / 2^rounds. A sample that survives to the end, or to the severest
    edit that could be made of it, is censored there. Answers that turn right again beyond the point are not
    looked for.
    """

    name: ClassVar[str] = "failure-point"

    of: Annotated[
        str, Param("an edit with one parameter as two ends, mild first, such as 'blur(sigma=[0, 0.05])'")
    ] = "blur(sigma=[0, 0.05])"
    steps: Annotated[int, Param("steps of the grid", low=1, high=256)] = 8
    rounds: Annotated[int, Param("halvings of the step that fails", low=0, high=30)] = 4
    spacing: Annotated[Spacing, Param("whether steps are equal differences or equal ratios")] = "even"

    def __post_init__(self) -> None:
        parse_span(self.of, self.spacing)

    @property
    def span(self) -> Span:
        """The axis between its ends."""
        return parse_span(self.of, self.spacing)

    @property
    def title(self) -> str:
        return f"failure point of {self.span.axis.name.replace('-', ' ')}"

    @property
    def dial(self) -> Dial:
        return Dial(self.name, unit=self.span.axis.parameter)

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        return ends_of(self.span, make)

    def ask(self, room: Room, /) -> Asking:
        return (yield from failure(self.span, room.make, steps=self.steps, rounds=self.rounds))
