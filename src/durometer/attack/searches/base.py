"""What a search is: it asks for candidates, is told the answers, and says which edit it found."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from durometer.core import Dial, Dice, Json, Scalar, Stressor

Make = Callable[[str, Mapping[str, Json]], Stressor]
"""The factory of stressors: a search knows their names, not their files."""
DIGITS = 3
"""Confidences are compared to so many decimals: the last bits of a sum must not choose the worst case."""


@dataclass(frozen=True)
class Candidate:
    """One edit that can be asked.

    Attributes:
        stressor: Makes it.
        what: How to make it again, as `durometer edit --condition` reads it; candidates of one sample differ
            in it.
        value: Where it stands on the search's axis, in the units of the parameter.
        x, y: The place it takes the object to, as shares of the canvas.
        donor: Position in the bank of the background that the stressor is given.
        draw: Which repetition of the dice.
        base: An edit that is made before, once for all candidates that share it.
    """

    stressor: Stressor
    what: str
    value: float | None = None
    x: float | None = None
    y: float | None = None
    donor: int | None = None
    draw: int = 0
    base: Stressor | None = None


@dataclass(frozen=True)
class Answer:
    """What the model said to a candidate; where `refused` says why there is none, nothing was asked."""

    answer: int
    confidence: float
    score: float
    refused: str = ""

    @property
    def right(self) -> bool:
        """Whether it was asked and is right."""
        return not self.refused and self.score >= 0.5

    @property
    def wrong(self) -> bool:
        """Whether it was asked and is wrong."""
        return not self.refused and self.score < 0.5


@dataclass(frozen=True)
class Room:
    """What a search may use for one sample.

    Attributes:
        make: The factory of stressors.
        donors: Position in the bank -> whose background it is, without the sample's own.
        dice: The sample's own.
    """

    make: Make
    donors: Mapping[int, str]
    dice: Dice


@dataclass(frozen=True)
class Found:
    """What a search found for one sample.

    Attributes:
        at: Which of the candidates, counted in the order in which they were asked for; None when none could
            be made.
        stood: How many candidates stood to choice. The null search gets as many.
        facts: What else to keep, one plain value each.
    """

    at: int | None
    stood: int
    facts: Mapping[str, Scalar] = field(default_factory=dict)


Asking = Generator[Sequence[Candidate], Sequence[Answer], Found]
"""Yields candidates, is sent one answer each, returns what it found."""


class Search(Protocol):
    """A search over edits of one sample; pure: the same answers lead to the same questions.

    Attributes:
        name: The registered name.
        version: Raised whenever the same parameters would ask other candidates.
        source: Key in the references file, or empty.
        donors: Whether it needs a bank of backgrounds.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    source: ClassVar[str] = ""
    donors: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What a person reads in a table."""
        ...

    @property
    def dial(self) -> Dial:
        """Where it stands on its axis; its own name, so that it is never taken for a single edit."""
        return Dial(self.name)

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        """Return one of each stressor that it uses: what they need is needed, their controls are its nulls.

        Raises:
            PlanError: an unknown stressor or parameter, or a value out of range.
        """
        ...

    def ask(self, room: Room, /) -> Asking:
        """Search one sample."""
        ...


def worst(answers: Sequence[Answer]) -> int | None:
    """Return the worst answer: wrong before right, a sure mistake before a hesitant one, then the first."""
    asked = [i for i, a in enumerate(answers) if not a.refused]
    return min(asked, key=lambda i: (_badness(answers[i]), i), default=None)


def _badness(a: Answer) -> tuple[float, float]:
    sure = 1.0 if math.isnan(a.confidence) else round(a.confidence, DIGITS)
    return a.score, sure if a.score >= 0.5 else -sure


def worst_of(candidates: Sequence[Candidate], *, stop: bool = False, together: int = 16) -> Asking:
    """Ask all candidates, or so many at a time until one is answered wrongly, and return the worst."""
    answers: list[Answer] = []
    for start in range(0, len(candidates), together if stop else max(1, len(candidates))):
        answers += yield candidates[start : start + together] if stop else candidates
        if stop and any(a.wrong for a in answers):
            break
    at = worst(answers)
    refused = sum(bool(a.refused) for a in answers)
    facts = (
        {} if at is None else {"value": candidates[at].value, "x": candidates[at].x, "y": candidates[at].y}
    )
    return Found(at, len(candidates) - refused, {k: v for k, v in facts.items() if v is not None})
