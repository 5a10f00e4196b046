"""Any function of the accuracies of several arms over the same samples: ratios, gaps, biases."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.stats.bootstrap import generator
from durometer.stats.normal import two_sided

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
RESAMPLES = 4000


def of_means(
    arms: npt.ArrayLike,
    statistic: Statistic,
    *,
    level: float = 0.95,
    low: float = -np.inf,
    high: float = np.inf,
    seed: int = 0,
) -> Estimate:
    """Estimate a function of the arms' means; samples stay whole, so what arms share cancels.

    Samples get random weights (the Bayesian bootstrap of Rubin, 1981). Two pseudo-samples are added, as
    Agresti and Min (2005) add them for two arms: spread over the patterns in which one arm differs from all
    others, so that an interval is never of zero width because a rare change has not been seen yet.

    Args:
        arms: (n, k) mean score of each sample in each arm, in [0, 1].
        statistic: (R, k) means -> (R,) values; not finite where it is not defined.
        level: Of the interval.
        low: Lower bound of the statistic.
        high: Upper bound of the statistic.
        seed: Of the weights.

    Returns:
        The plain statistic with its interval; where nothing was measured or it is not defined, 0 with n = 0.
    """
    two_sided(level)
    scores = np.atleast_2d(np.asarray(arms, np.float64))
    n, k = scores.shape
    value = float(statistic(scores.mean(0, keepdims=True))[0]) if scores.size else np.nan
    if not np.isfinite(value):
        return Estimate(0.0, min(0.0, low) if np.isfinite(low) else 0.0, 1.0, 0, level)
    patterns, counts = np.unique(scores, axis=0, return_counts=True)
    alone = np.eye(k)
    everything = np.concatenate((patterns, alone, 1.0 - alone))
    shape = np.concatenate((counts, np.full(2 * k, 1.0 / k)))
    drawn = statistic(_means(everything, shape, seed))
    drawn = drawn[np.isfinite(drawn)]
    lower, upper = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2)) if drawn.size else (value, value)
    return Estimate(value, min(max(low, float(lower)), value), max(min(high, float(upper)), value), n, level)


def _means(patterns: Floats, shape: Floats, seed: int) -> Floats:
    """Return (R, k) means under Dirichlet weights: patterns seen c times together weigh as gamma(c)."""
    weights = generator("means of arms", seed).standard_gamma(shape, (RESAMPLES, shape.size))
    return np.asarray(weights @ patterns / weights.sum(1, keepdims=True))
