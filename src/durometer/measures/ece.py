"""Expected calibration error of the top answer, and what perfect calibration would show at this n."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered
from durometer.stats import generator
from durometer.stats.bootstrap import reflected

Floats = npt.NDArray[np.float64]
BINS = 15
RESAMPLES = 1000


@dataclass(frozen=True)
class Reliability:
    """Sums over bins of equal width; bin b holds b/15 ≤ confidence < (b+1)/15, the last also 1.

    Attributes:
        count, confidence, right: (BINS,) number of answers, summed confidence, summed score.
        variance: (BINS,) summed c (1 − c).
    """

    count: Floats
    confidence: Floats
    right: Floats
    variance: Floats

    @property
    def gap(self) -> float:
        """The ECE: mean distance of accuracy from confidence, weighted by the bins' counts."""
        return float(np.abs(self.confidence - self.right).sum() / max(1.0, self.count.sum()))


def reliability(confidence: npt.ArrayLike, score: npt.ArrayLike) -> Reliability:
    """Sort answers into bins in float64; confidences in [0, 1], finite."""
    c, y = np.asarray(confidence, np.float64), np.asarray(score, np.float64)
    at = bin_of(c)
    sums = [np.bincount(at, weights, minlength=BINS) for weights in (np.ones_like(c), c, y, c * (1 - c))]
    return Reliability(*(s.astype(np.float64) for s in sums))


def bin_of(confidence: Floats) -> npt.NDArray[np.int64]:
    """Return the bin of each confidence by comparison with the edges b / 15, closed below."""
    edges = np.arange(1, BINS) / BINS
    return np.searchsorted(edges, confidence, side="right").astype(np.int64)


def expected_gap(table: Reliability) -> float:
    """Return the mean ECE of a perfectly calibrated model with these confidences: more than 0 at any n.

    Per bin the mean distance of a binomial count from its mean (De Moivre's closed form) at the bin's mean
    confidence, scaled to the bin's own variance.
    """
    from scipy.special import gammaln, xlog1py, xlogy

    held = table.count > 0
    n, c = table.count[held], table.confidence[held]
    p = np.clip(c / n, 0.0, 1.0)
    m = np.minimum(np.floor(n * p), n - 1)  # at p = 1 the deviation is 0 by the factor (1 − p)
    log = gammaln(n + 1) - gammaln(m + 2) - gammaln(n - m) + xlogy(m + 1, p) + xlog1py(n - m, -p)
    deviation = 2 * (m + 1) * np.exp(log)
    alike = n * p * (1 - p)
    scale = np.sqrt(np.divide(table.variance[held], alike, out=np.zeros_like(alike), where=alike > 0))
    return float((deviation * scale).sum() / max(1.0, n.sum()))


def ece_estimate(
    confidence: npt.ArrayLike, score: npt.ArrayLike, *, n: int, level: float = 0.95, seed: int = 0
) -> Estimate:
    """Estimate the ECE with a bootstrap interval that takes out the bias of small n.

    Resamples are drawn as counts of (bin, right or wrong): the cost does not grow with n.

    Args:
        confidence: (R,) of finite answers, 0 to 1.
        score: (R,) 1 where the answer was right.
        n: Independent units among them (samples), which the resamples are as large as.
        level: Of the interval.
        seed: Of the resamples.

    Source: (Guo et al., 2017); interval: reflected bootstrap.
    """
    c, y = np.asarray(confidence, np.float64), np.asarray(score, np.float64)
    if c.size == 0:
        return Estimate(0.0, 0.0, 1.0, 0, level)
    cell = bin_of(c) * 2 + (y >= 0.5)
    count = np.bincount(cell, minlength=2 * BINS)
    gap = np.bincount(cell, c - y, minlength=2 * BINS) / np.maximum(count, 1)
    drawn = generator("ece", seed).multinomial(n, count / count.sum(), size=RESAMPLES)
    distances = np.abs((drawn * gap).reshape(RESAMPLES, BINS, 2).sum(axis=2)).sum(axis=1) / n
    return reflected(reliability(c, y).gap, distances, n=n, level=level, low=0.0, high=1.0)


@dataclass(frozen=True)
class ECE(Measure):
    """Top-label expected calibration error, 15 bins of equal width, closed below, the last on both ends.

    It is biased up; read it beside `expected_gap`. Answers that were not finite have no confidence and are
    left out.
    """

    name: ClassVar[str] = "ECE"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "score", "confidence", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "guo2017"

    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the ECE, 0 to 1."""
        kept = answered(rows)
        finite = np.isfinite(kept["confidence"].astype(np.float64))
        units = np.unique(kept["position"][finite]).size
        return ece_estimate(kept["confidence"][finite], kept["score"][finite], n=units, level=self.level)
