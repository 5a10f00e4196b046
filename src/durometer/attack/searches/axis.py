"""An axis of edits as text: `rotate(degrees=[0, 45], toward=left)`, one parameter given as a list."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from durometer.attack.searches.base import Candidate, Make
from durometer.core import Json, Stressor
from durometer.core.errors import UsageError
from durometer.core.recipe import Step, one, written

Spacing = Literal["even", "ratio"]


@dataclass(frozen=True)
class Axis:
    """A stressor with one parameter left open.

    Attributes:
        name: The stressor.
        parameter: What varies.
        values: What was listed for it.
        fixed: Its other parameters.
    """

    name: str
    parameter: str
    values: tuple[Json, ...]
    fixed: Mapping[str, Json]

    def candidate(self, make: Make, value: Json) -> Candidate:
        """Return the candidate at a value."""
        at = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        return Candidate(make(self.name, {**self.fixed, self.parameter: value}), self.recipe(value), value=at)

    def recipe(self, value: Json) -> str:
        """Return the edit at a value, as `durometer edit --condition` reads it."""
        return written(Step(self.name, named={**self.fixed, self.parameter: value}))


@dataclass(frozen=True)
class Span:
    """An axis between two ends; depth runs from 0, the mild end, to 1, the severe one.

    Attributes:
        axis: Its values are the two ends.
        spacing: Whether equal steps of depth are equal differences or equal ratios.
    """

    axis: Axis
    spacing: Spacing = "even"

    def value(self, depth: float) -> float:
        """Return the parameter at a depth."""
        start, end = self.axis.values
        if depth in (0.0, 1.0):
            return float(end if depth else start)
        if self.spacing == "ratio":
            return float(start * (end / start) ** depth)
        return float(start + (end - start) * depth)

    def candidate(self, make: Make, depth: float) -> Candidate:
        """Return the candidate at a depth; its value has seven significant digits."""
        return self.axis.candidate(make, float(f"{self.value(depth):.7g}"))


@cache
def parse_axis(text: str) -> Axis:
    """Return the axis in a text.

    Raises:
        ValueError: if it is not of that form.
    """
    try:
        step = one(text)
    except UsageError as error:
        raise ValueError(error.what) from None
    lists = [k for k, v in step.named.items() if isinstance(v, list)]
    if len(lists) != 1 or not step.named[lists[0]]:
        raise ValueError(f"{text!r} must give exactly one parameter as a list, such as blur(sigma=[0, 0.05])")
    fixed = {k: v for k, v in step.named.items() if k != lists[0]}
    return Axis(step.name, lists[0], tuple(step.named[lists[0]]), fixed)


def parse_span(text: str, spacing: Spacing = "even") -> Span:
    """Return the axis between the two ends in a text, mild end first.

    Raises:
        ValueError: if it has not two different finite ends, or ratios are asked for and one is not above 0.
    """
    axis = parse_axis(text)
    ends = axis.values
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in ends)
    if len(ends) != 2 or not numbers or ends[0] == ends[1]:
        raise ValueError(f"{text!r} must give two different numbers, the mild end first")
    if spacing == "ratio" and min(ends) <= 0:
        raise ValueError(f"equal ratios need ends above 0, which {text!r} has not; use spacing = 'even'")
    return Span(axis, spacing)


def ends_of(span: Span, make: Make) -> Sequence[Stressor]:
    """Return the stressors at both ends, so that what is out of range is said before the run."""
    return [span.candidate(make, depth).stressor for depth in (0.0, 1.0)]
