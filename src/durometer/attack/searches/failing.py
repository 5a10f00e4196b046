"""Along an axis from mild to severe: a grid, then bisection of the step in which the answer turns wrong."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from durometer.attack.searches.axis import Span
from durometer.attack.searches.base import Answer, Candidate, Found, Make
from durometer.core import Scalar


@dataclass
class Walk:
    """What is known of one axis for one sample; depths run from 0, mild, to 1, severe.

    Attributes:
        span: The axis.
        numbers: Which of the search's candidates were asked here, in order.
        right: The largest depth that was asked below the failure and answered rightly; None if there is none.
        failed: The smallest depth known to be answered wrongly; None when it survived all that could be made.
    """

    span: Span
    numbers: list[int] = field(default_factory=list)
    depths: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def take(self, first: int, depths: Sequence[float], answers: Sequence[Answer]) -> None:
        """Note the answers to the candidates from `first` on."""
        self.numbers += range(first, first + len(depths))
        self.depths += depths
        self.answers += answers

    @property
    def failed(self) -> float | None:
        return min((d for d, a in zip(self.depths, self.answers, strict=True) if a.wrong), default=None)

    @property
    def right(self) -> float | None:
        end = 2.0 if self.failed is None else self.failed
        held = (d for d, a in zip(self.depths, self.answers, strict=True) if a.right and d < end)
        return max(held, default=None)

    @property
    def open(self) -> bool:
        """Whether there is a step to halve: right at one end and wrong at the other."""
        return self.failed is not None and self.right is not None

    def middle(self) -> float:
        """Return the depth halfway between the last right answer and the first wrong one."""
        assert self.failed is not None
        assert self.right is not None
        return (self.failed + self.right) / 2

    def where(self) -> int | None:
        """Return the candidate at the failure, or the severest that survived."""
        depth = self.failed if self.failed is not None else self.right
        return None if depth is None else self.numbers[self.depths.index(depth)]

    def found(self) -> dict[str, Scalar]:
        """Return the failure point as facts: exact to the last halving, censored at what survived."""
        censored = self.failed is None
        depth = self.right if censored else self.failed
        if depth is None:
            return {}
        facts: dict[str, Scalar] = {
            "censored": censored,
            "depth": round(depth, 7),
            "value": float(f"{self.span.value(depth):.7g}"),
        }
        if self.right is not None:
            facts["held"] = float(f"{self.span.value(self.right):.7g}")
        return facts


def grid(steps: int) -> list[float]:
    """Return the depths of a grid: 0 and then equal steps to 1."""
    return [i / steps for i in range(steps + 1)]


def failure(
    span: Span, make: Make, *, steps: int, rounds: int
) -> Generator[Sequence[Candidate], Sequence[Answer], Found]:
    """Walk one axis and return the smallest depth found at which the answer is wrong."""
    walk = Walk(span)
    depths = grid(steps)
    walk.take(0, depths, (yield [span.candidate(make, d) for d in depths]))
    for _ in range(rounds if walk.open else 0):
        depth = walk.middle()
        walk.take(len(walk.depths), [depth], (yield [span.candidate(make, depth)]))
    stood = sum(not a.refused for a in walk.answers)
    return Found(walk.where(), stood, walk.found())
