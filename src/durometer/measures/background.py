"""How much an answer hangs on the background: same-class backgrounds against any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import side_by_side
from durometer.measures.ratio import AccuracyRatio
from durometer.stats import paired_estimate


@dataclass(frozen=True)
class BGGap(Measure):
    """BG-Gap: accuracy on same-class backgrounds minus accuracy on random ones, sample by sample; 0.07 = 7
    points.

    Source: Xiao et al. (2021), Mixed-Same and Mixed-Rand.
    """

    name: ClassVar[str] = "BG-Gap"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "points"
    source: ClassVar[str] = "xiao2021"

    same: Annotated[str, Param("Spec key of backgrounds of the same class")] = "canvas"
    random: Annotated[str, Param("Spec key of backgrounds of any class")] = "edited"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the gap, −1 to 1, with Tango's interval."""
        scores = side_by_side(rows, (self.same, self.random))
        return paired_estimate(scores[:, 0], scores[:, 1], level=self.level).drop


@dataclass(frozen=True)
class BackgroundRobustness(AccuracyRatio):
    """Accuracy on backgrounds of any class over accuracy on backgrounds of the object's own class; 1 = no
    reliance.

    Source: Nauen et al. (2025); the formula is recalled, and agrees with the modes of their code.
    """

    name: ClassVar[str] = "background robustness"
    source: ClassVar[str] = "nauen2025"
