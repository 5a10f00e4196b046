"""Whose background a recombined object may get."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

from durometer.core import Target

Background = Literal["all", "same", "original"]


class Donors:
    """The backgrounds of some samples, to be drawn from evenly; nobody draws the own.

    Args:
        y: Targets; the same class is the same target.
        shares: Share of the canvas that each sample's object covers.
        background: `all` others, those of the `same` class, or the own (`original`).
        prune: Samples whose object covers at least this share give no background.
    """

    def __init__(
        self, y: Sequence[Target], shares: Sequence[float], background: Background, prune: float
    ) -> None:
        self._background, self._y = background, y
        self._groups: dict[Target, list[int]] = {}  # ascending positions
        for i, share in enumerate(shares):
            if share < prune:
                self._groups.setdefault(self._group(i), []).append(i)

    def draw(self, own: int, chance: float) -> int:
        """Return a position by a number in [0, 1); the own if no other background may be used."""
        fit = self._groups.get(self._group(own), [])
        at = bisect_left(fit, own)
        others = len(fit) - (at < len(fit) and fit[at] == own)
        if self._background == "original" or not others:
            return own
        drawn = int(chance * others)
        return fit[drawn + (others < len(fit) and drawn >= at)]

    def _group(self, i: int) -> Target:
        return self._y[i] if self._background == "same" else None
