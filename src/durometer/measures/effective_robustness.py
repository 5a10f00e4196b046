"""Effective robustness: accuracy under a shift beyond what the accuracy without it leads one to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows, UsageError
from durometer.measures.arms import side_by_side
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EffectiveRobustness(Measure):
    """Acc(shifted) − β(Acc(clean)), β the accuracy line of reference networks, straight on the logit scale.

    The line is fitted by least squares to pairs of accuracies of reference networks, or given by its slope
    and intercept on the logit scale; without either it is Acc(clean) itself. The interval is for the network
    in question and takes the line as known. Where its clean accuracy is 0 or 1 the line ends at 0 or 1.

    Source: Taori et al. (2020); the scale of the line is recalled, and so this is experimental.
    """

    name: ClassVar[str] = "effective robustness"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "points"
    source: ClassVar[str] = "taori2020"

    before: Annotated[str, Param("Spec key of the clean images")] = "canvas"
    after: Annotated[str, Param("Spec key of the shifted images")] = "edited"
    slope: Annotated[float, Param("of the line, where no networks are given", low=0)] = 1.0
    intercept: Annotated[float, Param("of the line, where no networks are given")] = 0.0
    clean: Annotated[tuple[float, ...], Param("clean accuracies of reference networks", low=0, high=1)] = ()
    shifted: Annotated[tuple[float, ...], Param("their accuracies on the shift", low=0, high=1)] = ()
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def line(self) -> tuple[float, float]:
        """Return slope and intercept on the logit scale.

        Raises:
            UsageError: fewer than two networks, unequal counts, all of one clean accuracy, or a 0 or 1.
        """
        if not self.clean and not self.shifted:
            return self.slope, self.intercept
        x, y = np.asarray(self.clean, np.float64), np.asarray(self.shifted, np.float64)
        inside = bool(np.all((x > 0) & (x < 1))) and bool(np.all((y > 0) & (y < 1)))
        if x.size != y.size or np.unique(x).size < 2 or not inside:
            raise UsageError(
                "an accuracy line needs two reference networks or more with different clean accuracies, and "
                "for each both accuracies, above 0 and below 1",
                fix="Give as many values in `shifted` as in `clean`",
            )
        slope, intercept = np.polyfit(_logit(x), _logit(y), 1)
        return float(slope), float(intercept)

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the difference, −1 to 1; 0.05 = 5 points above the line.

        Raises:
            UsageError: the reference networks give no line.
        """
        slope, intercept = self.line()
        scores = side_by_side(rows, (self.after, self.before))

        def beyond(means: Floats) -> Floats:
            with np.errstate(divide="ignore", over="ignore"):
                expected = 1 / (1 + np.exp(-(slope * _logit(means[:, 1]) + intercept)))
            return np.asarray(means[:, 0] - expected)

        return of_means(scores, beyond, level=self.level, low=-1.0, high=1.0)


def _logit(share: Floats) -> Floats:
    return np.asarray(np.log(share) - np.log1p(-share))
