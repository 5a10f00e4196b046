"""Consistency: how often an answer, right or wrong, stays what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered, join, only
from durometer.stats import share_estimate
from durometer.stats.cluster import unit_means

NEEDS = frozenset({"position", "draw", "condition", "answer", "status"})


@dataclass(frozen=True)
class Consistency(Measure):
    """Share of samples with the same answer before and after, mean over all other conditions of the rows.

    An answer that was not finite is never the same. Samples count that every condition could edit.

    Source: Shifman and Weiss (2024).
    """

    name: ClassVar[str] = "consistency"
    needs: ClassVar[frozenset[str]] = NEEDS
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "shifman2024"

    before: Annotated[str, Param("Spec key of the reference")] = "canvas"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share, 0 to 1."""
        return share_estimate(sameness(rows, self.before).mean(axis=1), level=self.level)


@dataclass(frozen=True)
class WorstConsistency(Consistency):
    """Share of samples whose answer no condition of the rows changes.

    Source: Shifman and Weiss (2024), adversarial robustness to translation.
    """

    name: ClassVar[str] = "worst-case consistency"

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share, 0 to 1."""
        return share_estimate(sameness(rows, self.before).min(axis=1) == 1, level=self.level)


def sameness(rows: Rows, before: str) -> npt.NDArray[np.float64]:
    """Return (n, k): the share of draws with the same answer, for samples that all of k conditions share."""
    kept = answered(rows)
    reference = only(kept, kept["condition"] == before)
    by_sample: list[dict[int, float]] = []
    for key in sorted(set(kept["condition"].tolist()) - {before}):
        arms = join(reference, only(kept, kept["condition"] == key))
        same = arms.before["answer"] == arms.after["answer"]
        finite = (arms.before["status"] == "ok") & (arms.after["status"] == "ok")
        means, _ = unit_means((same & finite).astype(np.float64), arms.unit, None)
        by_sample.append(dict(zip(np.unique(arms.unit).tolist(), means.tolist(), strict=True)))
    shared = sorted(set.intersection(*map(set, by_sample))) if by_sample else []
    table = [[one[unit] for one in by_sample] for unit in shared]
    return np.array(table, np.float64).reshape(len(shared), max(1, len(by_sample)))
