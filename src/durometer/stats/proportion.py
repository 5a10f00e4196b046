"""Intervals for a share: exact (Clopper and Pearson, 1934), and Wilson's (1927) for comparison."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.stats.normal import two_sided

Floats = npt.NDArray[np.float64]


def clopper_pearson(k: float, n: float, level: float = 0.95) -> Estimate:
    """Estimate a share of k in n with an interval that covers at least at `level`.

    Counts may be fractions: scores in [0, 1] summed, or counts shrunk by a design effect. With n = 0
    nothing was measured: the value is 0, the interval is all of 0 to 1 and the estimate's n is 0.

    Source: (Clopper and Pearson, 1934), by the quantiles of the beta law.

    Raises:
        ValueError: if k is not between 0 and n.
    """
    two_sided(level)
    if not 0 <= k <= n + 1e-9 * max(n, 1):  # sums of fractions may overshoot by rounding
        raise ValueError(f"{k} of {n} is not a share")
    if n <= 0:
        return Estimate(0.0, 0.0, 1.0, 0, level)
    k = min(k, n)
    low, high = clopper_pearson_bounds(np.float64(k), np.float64(n), level)
    value = k / n
    return Estimate(value, min(float(low), value), max(float(high), value), max(1, round(n)), level)


def clopper_pearson_bounds(k: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the lower and upper ends for arrays of counts, broadcast; n must be above 0."""
    from scipy.special import betaincinv

    k, n = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    tail = (1 - level) / 2
    inside_low, inside_high = np.where(k > 0, k, 1.0), np.where(k < n, n - k, 1.0)
    low = np.where(k > 0, betaincinv(inside_low, n - inside_low + 1, tail), 0.0)
    # the upper end of k is one minus the lower end of n − k
    high = np.where(k < n, 1 - betaincinv(inside_high, n - inside_high + 1, tail), 1.0)
    return low, high


def wilson(k: float, n: float, level: float = 0.95) -> Estimate:
    """Estimate a share by Wilson's score interval; its coverage falls to 0.84 near 0 and 1.

    Only for comparison with other tools: the package itself reports `clopper_pearson`.

    Source: (Wilson, 1927).
    """
    if n <= 0:
        return Estimate(0.0, 0.0, 1.0, 0, level)
    z2 = two_sided(level) ** 2
    p = k / n
    center = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Estimate(p, min(max(0.0, center - half), p), max(min(1.0, center + half), p), round(n), level)
