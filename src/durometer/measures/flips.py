"""Flips: answers that a change turned from right to wrong or back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import arms
from durometer.stats import share_estimate


@dataclass(frozen=True)
class Flips(Measure):
    """Share of pairs whose answer changed between right and wrong; net drop hides those that cancel."""

    name: ClassVar[str] = "flips"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "draw", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"

    before: Annotated[str, Param("Spec key of the reference, the unedited canvas")] = "canvas"
    way: Annotated[Literal["lost", "gained", "both"], Param("right→wrong, wrong→right or both")] = "both"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share of pairs that flipped."""
        pair = arms(rows, self.before)
        change = pair.before["score"].astype(np.float64) - pair.after["score"]
        flipped = {"lost": change > 0, "gained": change < 0, "both": change != 0}[self.way]
        return share_estimate(flipped, units=pair.unit, level=self.level)
