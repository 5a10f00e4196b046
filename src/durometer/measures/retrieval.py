"""Mean reciprocal rank, and what is lost of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered, arms
from durometer.stats import graded_mean
from durometer.stats.cluster import unit_means
from durometer.stats.ratio import relative_drop


@dataclass(frozen=True)
class MRR(Measure):
    """Mean reciprocal rank of the rows of one condition; draws of a sample are averaged first.

    The adjusted t interval of graded scores over samples (two pseudo-samples, at −1 and 1).
    """

    name: ClassVar[str] = "MRR"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "ramshetty2023"

    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean of 1 / rank, 0 to 1."""
        kept = answered(rows)
        score = np.asarray(kept["score"], np.float64)
        return graded_mean(unit_means(score, kept["position"], None)[0], self.level)[0]


@dataclass(frozen=True)
class MRRDrop(Measure):
    """MRR lost from one condition to another, text by text; absolute, or as a share of MRR before."""

    name: ClassVar[str] = "MRR drop"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "draw", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "ramshetty2023"

    before: Annotated[str, Param("Spec key of the reference, the captions as they are")] = "canvas"
    relative: Annotated[bool, Param("as a share of the MRR before, as published")] = True
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return (before − after) / before with Fieller's interval, or before − after."""
        pair = arms(rows, self.before)
        scores = (np.asarray(arm["score"], np.float64) for arm in (pair.before, pair.after))
        before, after = (unit_means(score, pair.unit, None)[0] for score in scores)
        if self.relative:
            return relative_drop(before, after, self.level)
        return graded_mean(before - after, self.level)[0]
