"""Center bias: how much worse an object is named at corners and sides than in the center."""

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
class CenterBias(Measure):
    """1 − (min over corners of accuracy + min over sides of accuracy) / (2 × accuracy in the center); 0 =
    none.

    Over the samples whose object fits into all nine cells. The smallest of four accuracies is below each of
    them by chance alone, so a model without any bias shows a little above 0 at small n; the interval shares
    this.

    Source: Nauen et al. (2025); the formula is recalled, and agrees with the nine cells of their code.
    """

    name: ClassVar[str] = "center bias"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "nauen2025"

    center: Annotated[str, Param("Spec key of the center cell")] = "canvas"
    corners: Annotated[tuple[str, ...], Param("Spec keys of the corner cells")] = ("edited",)
    sides: Annotated[tuple[str, ...], Param("Spec keys of the side cells")] = ("edited",)
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the bias, at most 1."""
        scores = side_by_side(rows, (self.center, *self.corners, *self.sides))
        return of_means(scores, self._bias, level=self.level, high=1.0)

    def _bias(self, means: Floats) -> Floats:
        corner = 1 + len(self.corners)
        outer = means[:, 1:corner].min(1) + means[:, corner:].min(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(means[:, 0] > 0, 1 - outer / (2 * means[:, 0]), np.nan)
