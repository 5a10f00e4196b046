"""Relative corruption robustness: the share of the clean accuracy that is left under corruptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import side_by_side
from durometer.measures.ratio import quotient
from durometer.stats import of_means


@dataclass(frozen=True)
class RelativeCorruptionRobustness(Measure):
    """Mean accuracy over corruptions and severities / clean accuracy; not defined (n = 0) where the latter
    is 0.

    It needs no reference network. In detection the same ratio of average precisions is called rPC.

    Source: Michaelis et al. (2019).
    """

    name: ClassVar[str] = "relative corruption robustness"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "michaelis2019"

    clean: Annotated[str, Param("Spec key of the clean images")] = "canvas"
    conditions: Annotated[tuple[str, ...], Param("Spec keys of corruptions at their severities")] = (
        "edited",
    )
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the ratio, 0 or more."""
        scores = side_by_side(rows, (self.clean, *self.conditions))
        arms = np.stack([scores[:, 1:].mean(1), scores[:, 0]], 1)
        return of_means(arms, quotient, level=self.level, low=0.0)
