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
AT_ONCE = 20_000_000
"""Weights that are held in memory."""


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
    n = len(scores)
    value = float(statistic(scores.mean(0, keepdims=True))[0]) if scores.size else np.nan
    if not np.isfinite(value):
        return Estimate(0.0, min(0.0, low) if np.isfinite(low) else 0.0, 1.0, 0, level)
    return spread(value, statistic(drawn_means(scores, seed=seed)), n=n, level=level, low=low, high=high)


def drawn_means(scores: Floats, *, seed: int = 0) -> Floats:
    """Return (R, k) means of (n, k) scores under random weights, the two pseudo-samples of `of_means` among
    them.
    """
    patterns, counts = np.unique(scores, axis=0, return_counts=True)
    k = scores.shape[1]
    alone = np.eye(k)
    everything = np.concatenate((patterns, alone, 1.0 - alone))
    return _means(everything, np.concatenate((counts, np.full(2 * k, 1.0 / k))), seed)


def spread(value: float, drawn: Floats, *, n: int, level: float, low: float, high: float) -> Estimate:
    """Return a value with the percentile interval of what was drawn, inside [low, high] and around it."""
    drawn = drawn[np.isfinite(drawn)]
    lower, upper = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2)) if drawn.size else (value, value)
    return Estimate(value, min(max(low, float(lower)), value), max(min(high, float(upper)), value), n, level)


def _means(patterns: Floats, shape: Floats, seed: int) -> Floats:
    """Return (R, k) means under Dirichlet weights: patterns seen c times together weigh as gamma(c)."""
    dice, step = generator("means of arms", seed), max(1, AT_ONCE // shape.size)
    parts = []
    for start in range(0, RESAMPLES, step):
        weights = dice.standard_gamma(shape, (min(step, RESAMPLES - start), shape.size))
        parts.append(weights @ patterns / weights.sum(1, keepdims=True))
    return np.concatenate(parts)
