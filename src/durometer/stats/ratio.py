"""The share lost: one minus the ratio of two paired means, with Fieller's interval."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.stats.normal import two_sided


def relative_drop(before: npt.ArrayLike, after: npt.ArrayLike, level: float = 0.95) -> Estimate:
    """Estimate (mean before − mean after) / mean before of paired scores; 0.3 = 30 % of it is lost.

    The interval holds every s for which the mean of after − (1 − s) · before can't be told from 0 by the
    adjusted t-test of `graded_mean` (two pseudo-samples, at −1 and 1, so that it is never of zero width). It
    reaches down to −∞ where the mean before can't be told from 0.

    Args:
        before: (n,) scores in [0, 1] under the reference.
        after: (n,) scores of the same units.
        level: Of the interval.

    Returns:
        The estimate; its value is 0 where the mean before is 0, by convention.

    Source: (Fieller, 1954).
    """
    from scipy.special import stdtrit

    two_sided(level)
    x, y = np.asarray(before, np.float64), np.asarray(after, np.float64)
    n = x.size
    if n == 0:
        return Estimate(0.0, -math.inf, 1.0, 0, level)
    t2 = float(stdtrit(n + 1, 0.5 + level / 2)) ** 2
    value = 1 - float(y.sum() / x.sum()) if x.sum() > 0 else 0.0
    # Σ(y − r·x) over n + 2 values against its variance: a·r² + b·r + c ≤ 0
    k = (n + 1 + t2) / (n + 2)
    a = k * float(x.sum()) ** 2 - t2 * float(x @ x)
    b = -2 * (k * float(x.sum() * y.sum()) - t2 * float(x @ y))
    c = k * float(y.sum()) ** 2 - t2 * (float(y @ y) + 2)
    low, high = _accepted(a, b, c, 1 - value)
    return Estimate(value, min(1 - high, value), max(1 - low, value), n, level)


def _accepted(a: float, b: float, c: float, ratio: float) -> tuple[float, float]:
    """Return the interval of ratios from 0 up that holds `ratio` and where a·r² + b·r + c ≤ 0."""
    inside = b * b - 4 * a * c
    if a > 0:
        root = math.sqrt(max(inside, 0.0))
        return max(0.0, (-b - root) / (2 * a)), (-b + root) / (2 * a)
    if a < 0 < inside:  # all but what lies between the roots, which come in falling order here
        larger = (-b - math.sqrt(inside)) / (2 * a)
        return (max(0.0, larger), math.inf) if ratio >= larger else (0.0, math.inf)
    return 0.0, math.inf
