"""Ratios of two accuracies over the same samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import side_by_side
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AccuracyRatio(Measure):
    """Accuracy under one condition over accuracy under another; not defined (n = 0) where the latter is 0."""

    name: ClassVar[str] = "accuracy ratio"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "ratio"

    before: Annotated[str, Param("Spec key below the line")] = "canvas"
    after: Annotated[str, Param("Spec key above the line")] = "edited"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the ratio, 0 or more."""
        return of_means(side_by_side(rows, (self.after, self.before)), quotient, level=self.level, low=0.0)


@dataclass(frozen=True)
class SizeBias(AccuracyRatio):
    """Accuracy with the object at another size over accuracy at its own: one point of the size bias curve.

    Source: Nauen et al. (2025); the formula is recalled, and agrees with the switches of their code.
    """

    name: ClassVar[str] = "size bias"
    source: ClassVar[str] = "nauen2025"


def quotient(means: Floats) -> Floats:
    """Return first over second, NaN where the second is 0; means are (R, 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(means[:, 1] > 0, means[:, 0] / means[:, 1], np.nan)
