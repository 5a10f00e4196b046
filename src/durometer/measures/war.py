"""WAR: robustness to low resolution over several data sets, each with its weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows, UsageError
from durometer.measures.arms import side_by_side
from durometer.measures.normalizers import LOW_RESOLUTION_WEIGHTS, normalizers
from durometer.stats.of_means import drawn_means, spread

Floats = npt.NDArray[np.float64]
SHARPNESS = 200.0


@dataclass(frozen=True)
class WAR(Measure):
    """WAR: Σ w_D Γ_D / Σ w_D over data sets D, Γ = (A_low / A_high) · (1 − exp(−200 (A_high − A_chance)²)).

    A ratio of accuracies says nothing where the network guesses; the second factor takes such data sets out.
    Rows of several data sets are told apart by their conditions, and positions of different data sets may
    coincide. With equal weights it is the plain mean, SAR.

    Source: LR0.FM, Pathak et al. (2025). Read: the weights (its README), and that robustness near guessing
    is taken to 0 by A_high − A_chance (its page). The exponential and the 200 are recalled, not read, and so
    this is experimental. Weights of one's own: `durometer.measures.war_weights.fit_weights`.
    """

    name: ClassVar[str] = "WAR"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "pathak2025"

    data: Annotated[tuple[str, ...], Param("names of the data sets, as in LR0.FM")] = ("imagenet",)
    high: Annotated[tuple[str, ...], Param("Spec key of each at full resolution")] = ("canvas",)
    low: Annotated[tuple[str, ...], Param("Spec key of each at low resolution")] = ("edited",)
    chance: Annotated[tuple[float, ...], Param("accuracy of guessing in each", low=0, high=1)] = (0.001,)
    weights: Annotated[tuple[float, ...], Param("of each; empty: as published", low=0)] = ()
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the weighted mean, 0 or more; not defined (n = 0) where a data set has no right answer.

        Raises:
            UsageError: a data set without a weight, lists of unequal lengths, or no weight above 0.
        """
        weights = np.asarray(
            self.weights or normalizers(self.data, LOW_RESOLUTION_WEIGHTS, of=self.name), np.float64
        )
        given = {len(v) for v in (self.data, self.high, self.low, self.chance, weights)}
        if len(given) > 1 or not weights.sum() > 0:
            raise UsageError(
                "WAR needs for each data set one condition at full and one at low resolution, one accuracy "
                "of guessing and one weight, some weight above 0"
            )
        scores = [side_by_side(rows, keys) for keys in zip(self.low, self.high, strict=True)]
        if not all(len(s) for s in scores):
            return Estimate(0.0, 0.0, 1.0, 0, self.level)
        share = weights / weights.sum()
        value = self._weighted([s.mean(0, keepdims=True) for s in scores], share)
        if not np.isfinite(value[0]):
            return Estimate(0.0, 0.0, 1.0, 0, self.level)
        drawn = self._weighted([drawn_means(s, seed=i) for i, s in enumerate(scores)], share)
        n = sum(map(len, scores))
        return spread(float(value[0]), drawn, n=n, level=self.level, low=0.0, high=np.inf)

    def _weighted(self, means: list[Floats], share: Floats) -> Floats:
        found = [_robustness(m, chance) for m, chance in zip(means, self.chance, strict=True)]
        return np.asarray(share @ np.stack(found))


def _robustness(means: Floats, chance: float) -> Floats:
    low, high = means.T
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(high > 0, low / high, np.nan)
    beyond = np.maximum(high - chance, 0.0)
    return np.asarray(ratio * -np.expm1(-SHARPNESS * beyond**2))
