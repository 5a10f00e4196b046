"""A threat that knows its steepest direction, and what balls share."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol, runtime_checkable

from torch import Tensor

from durometer.core import Threat

SLACK = 1e-6
"""How far floating point may carry a point out of its set: absolute, in units of the input, and relative."""


@runtime_checkable
class Directed(Threat, Protocol):
    """A threat with a size and a shape of step, for attacks that follow a gradient."""

    epsilon: float

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the step of size 1, in the threat's own unit, that raises a linear function most.

        It maximizes <step, gradient[i]> over the unit ball, per sample; zero where the gradient is zero.
        """
        ...


def ratio(epsilon: float) -> str:
    """Return a radius as people write it: `8/255` where it is a whole number of gray levels, else `0.5`."""
    levels = Fraction(epsilon * 255).limit_denominator(1000)
    exact = levels.denominator == 1 and levels != 0 and abs(epsilon * 255 - levels) < 1e-9
    return f"{levels}/255" if exact and levels % 255 else f"{epsilon:g}"


def within(size: Tensor, epsilon: float) -> Tensor:
    """Return whether a distance is at most epsilon, but for floating point."""
    return size <= epsilon * (1 + SLACK) + SLACK


def inside(other: Tensor, low: float, high: float) -> Tensor:
    """Return (B,): does every value lie in [low, high]? NaN lies nowhere."""
    return ((other >= low - SLACK) & (other <= high + SLACK)).flatten(1).all(dim=1)
