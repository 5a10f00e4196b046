"""Top-1 accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered
from durometer.stats import share_estimate


@dataclass(frozen=True)
class Accuracy(Measure):
    """Mean score of the rows of one condition; draws of a sample are averaged first.

    Rows that could not be edited are left out; answers that were not finite score 0. The interval is
    Clopper and Pearson's over samples.
    """

    name: ClassVar[str] = "accuracy"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "clopper1934"

    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share of right answers, 0 to 1."""
        kept = answered(rows)
        return share_estimate(kept["score"], units=kept["position"], level=self.level)
