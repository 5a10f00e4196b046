"""Top-1 drop, alone and minus its control: paired, never a difference of two accuracies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import arms
from durometer.stats import paired_estimate


@dataclass(frozen=True)
class Top1Drop(Measure):
    """Accuracy lost from one condition to another, sample by sample; 0.31 = 31 points.

    Takes the rows of one model under two conditions. Samples that either could not be edited leave both arms;
    draws of a sample are averaged. Tango's score interval.
    """

    name: ClassVar[str] = "top-1 drop"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "draw", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "points"
    source: ClassVar[str] = "tango1998"

    before: Annotated[str, Param("Spec key of the reference, the unedited canvas")] = "canvas"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return before − after, −1 to 1; positive = lost."""
        pair = arms(rows, self.before)
        scores = pair.before["score"], pair.after["score"]
        return paired_estimate(*scores, units=pair.unit, level=self.level).drop


@dataclass(frozen=True)
class DropMinusControl(Top1Drop):
    """Drop of an edit beyond its control's: the paired comparison of the two conditions' rows.

    The unedited canvas cancels, so the rows are those of the control and of the edit.
    """

    name: ClassVar[str] = "top-1 drop minus control"

    before: Annotated[str, Param("Spec key of the control")] = "control"
