"""The mean of graded differences: a t interval that is never of zero width."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.stats.normal import two_sided


def graded_mean(d: npt.ArrayLike, level: float = 0.95) -> tuple[Estimate, float]:
    """Estimate the mean of differences such as a sample's mean drop over many edits, and test it against 0.

    Two pseudo-samples, one at −1 and one at 1, are added before a t interval is taken; for right-or-wrong
    differences this is the adjusted interval of Bonett and Price (2012). The value stays the plain mean; the
    interval ends at −1 and at 1. With n = 0 nothing was measured: 0, from −1 to 1, p = 1.

    Args:
        d: (n,) one difference a sample, about in [−1, 1].
        level: Of the interval.

    Returns:
        The estimate and the two-sided p of "the mean is zero".
    """
    from scipy.special import stdtr, stdtrit

    two_sided(level)
    x = np.asarray(d, np.float64)
    if x.size == 0:
        return Estimate(0.0, -1.0, 1.0, 0, level), 1.0
    value, padded = float(x.mean()), np.concatenate((x, (-1.0, 1.0)))
    freedom, center = padded.size - 1, float(padded.mean())
    error = float(padded.std(ddof=1)) / math.sqrt(padded.size)
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    p = min(1.0, 2 * float(stdtr(freedom, -abs(center) / error)))
    low, high = max(center - half, -1.0), min(center + half, 1.0)
    return Estimate(value, min(low, value), max(high, value), x.size, level), p
