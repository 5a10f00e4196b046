"""The smallest of several edits that flips the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.searches.axis import Span, ends_of, parse_span
from durometer.attack.searches.base import Asking, Found, Make, Room, Search
from durometer.attack.searches.failing import Walk, grid
from durometer.core import Dial, Param, Stressor


@dataclass(frozen=True)
class MinimalEdit(Search):
    """Find, for each sample, the axis along which the least change turns the answer wrong.

    Changes of different kinds are compared as shares of each axis's own range, from its mild end (0) to its
    severe one (1): the ranges are the plan's, and so is the comparison. All axes get the same grid; then the
    step that fails is halved on every axis that can still be the first to fail. Edits are never combined.
    """

    name: ClassVar[str] = "minimal-edit"

    axes: Annotated[
        tuple[str, ...], Param("edits with one parameter as two ends each, mild first; the range is the unit")
    ] = (
        "rotate(degrees=[0, 45], toward='left')",
        "shift(share=[0, 0.5], toward='left')",
        "blur(sigma=[0, 0.05])",
        "contrast(factor=[1, 0.05])",
        "gray(amount=[0, 1])",
    )
    steps: Annotated[int, Param("steps of each axis's grid", low=1, high=256)] = 4
    rounds: Annotated[int, Param("halvings of the step that fails", low=0, high=30)] = 4

    def __post_init__(self) -> None:
        if len(self.spans) < 2:
            raise ValueError("a minimal edit is sought among two axes or more; use failure-point for one")

    @property
    def spans(self) -> tuple[Span, ...]:
        """The axes between their ends."""
        return tuple(parse_span(text) for text in self.axes)

    @property
    def title(self) -> str:
        return f"minimal edit of {len(self.axes)}"

    @property
    def dial(self) -> Dial:
        return Dial(self.name, unit="share of each axis's range")

    def stressors(self, make: Make, /) -> Sequence[Stressor]:
        return [stressor for span in self.spans for stressor in ends_of(span, make)]

    def ask(self, room: Room, /) -> Asking:
        walks = [Walk(span) for span in self.spans]
        turn = [(walk, depth) for walk in walks for depth in grid(self.steps)]
        asked = 0
        for _ in range(self.rounds + 1):
            answers = yield [walk.span.candidate(room.make, depth) for walk, depth in turn]
            for number, ((walk, depth), answer) in enumerate(zip(turn, answers, strict=True), start=asked):
                walk.take(number, [depth], [answer])
            asked += len(turn)
            turn = [(walk, walk.middle()) for walk in _hopeful(walks)]
            if not turn:
                break
        return _found(walks)


def _hopeful(walks: Sequence[Walk]) -> Iterator[Walk]:
    """Yield the axes that may still fail at the least depth."""
    best = min((w.failed for w in walks if w.failed is not None), default=None)
    return (w for w in walks if w.open and best is not None and w.right is not None and w.right < best)


def _found(walks: Sequence[Walk]) -> Found:
    stood = sum(not a.refused for walk in walks for a in walk.answers)
    failing = [walk for walk in walks if walk.failed is not None]
    if failing:
        walk = min(failing, key=lambda w: w.failed or 0.0)
    else:  # it survived them all; the axis that could be walked least far is where it is censored
        walked = [w for w in walks if w.right is not None]
        if not walked:
            return Found(None, stood)
        walk = min(walked, key=lambda w: w.right or 0.0)
    return Found(walk.where(), stood, {**walk.found(), "weakest": walk.span.axis.name})
