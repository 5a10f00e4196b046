"""Confidence: how it changes, and how often it is misplaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered, arms
from durometer.stats import graded_mean, share_estimate
from durometer.stats.cluster import unit_means


@dataclass(frozen=True)
class ConfidenceChange(Measure):
    """Mean change of the confidence in the answer, whichever answer that is; pairs with both finite."""

    name: ClassVar[str] = "confidence change"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "draw", "condition", "confidence", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "points"
    source: ClassVar[str] = "bonett2012"

    before: Annotated[str, Param("Spec key of the reference, the unedited canvas")] = "canvas"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return after − before, −1 to 1; negative = less sure."""
        pair = arms(rows, self.before)
        change = pair.after["confidence"].astype(np.float64) - pair.before["confidence"]
        finite = np.isfinite(change)
        return graded_mean(unit_means(change[finite], pair.unit[finite], None)[0], self.level)[0]


@dataclass(frozen=True)
class ConfidentMistakes(Measure):
    """Share of all answers that are wrong although the model was sure."""

    name: ClassVar[str] = "confident mistakes"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "score", "confidence", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"

    sure: Annotated[float, Param("confidence from which an answer is called sure", low=0, high=1)] = 0.9
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share of rows with a wrong answer at that confidence or more."""
        kept = answered(rows)
        sure = kept["confidence"].astype(np.float64) >= self.sure  # NaN is not sure of anything
        wrong = kept["score"] < 0.5
        return share_estimate(sure & wrong, units=kept["position"], level=self.level)
