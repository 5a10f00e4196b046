"""How long things last when some outlive the test: Kaplan and Meier's curve, its median, the area under it.

Times may be continuous or whole numbers of steps; failures at one time are counted together. A censored time
says that the thing had not failed by then; at a time that holds both, failures come first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.stats.normal import two_sided
from durometer.stats.proportion import clopper_pearson

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EVEN = 1e-12
"""How far from one half the rounding of a product of shares may take it."""


@dataclass(frozen=True)
class Curve:
    """A survival curve: the share that lasts beyond each time of failure.

    Attributes:
        time: (T,) distinct times at which something failed, ascending.
        at_risk: (T,) how many had neither failed nor been censored just before.
        failed: (T,) how many failed then.
        share: (T,) the share that lasts beyond each time; 1 before the first.
        n: How many there were.
        censored: How many had not failed when they were last seen.
        last: The last time at which anything was seen.
    """

    time: Floats
    at_risk: Ints
    failed: Ints
    share: Floats
    n: int
    censored: int
    last: float


@dataclass(frozen=True)
class Median:
    """The time by which half have failed; infinite where the curve, or its interval, stays above one half."""

    value: float
    low: float
    high: float
    n: int
    level: float = 0.95


def kaplan_meier(time: npt.ArrayLike, failed: npt.ArrayLike) -> Curve:
    """Return the product-limit curve: at each failure time the share is multiplied by 1 − failed / at risk.

    Args:
        time: (N,) finite times of failure, or of the last look.
        failed: (N,) whether it failed then; otherwise it is censored.

    Source: (Kaplan and Meier, 1958).

    Raises:
        ValueError: if a time is not finite or the lengths differ.
    """
    t, d = np.asarray(time, np.float64), np.asarray(failed, np.bool_)
    if t.shape != d.shape or not np.isfinite(t).all():
        raise ValueError("survival needs one finite time and one flag each")
    at, counts = np.unique(t[d], return_counts=True)
    risk = t.size - np.searchsorted(np.sort(t), at, side="left")
    share = np.cumprod(1 - counts / risk).astype(np.float64)
    last = float(t.max()) if t.size else 0.0
    return Curve(at, risk.astype(np.int64), counts.astype(np.int64), share, t.size, int((~d).sum()), last)


def share_at(curve: Curve, time: float, level: float = 0.95) -> Estimate:
    """Estimate the share that lasts beyond a time, by the log-log interval with Greenwood's variance.

    Where the curve is still 1 that interval has no width, and the exact one of n samples that all lasted
    stands there; where it has come to 0 the upper end is that of the step before, as no later share is
    larger.

    Source: (Greenwood, 1926).
    """
    i = int(np.searchsorted(curve.time, time, side="right")) - 1
    if curve.n == 0:
        return clopper_pearson(0, 0, level)
    if i < 0:
        return clopper_pearson(curve.n, curve.n, level)
    value = float(curve.share[i])
    if value < EVEN:
        none = clopper_pearson(0, curve.n, level)
        before = share_at(curve, float(curve.time[i - 1]), level) if i else none
        return Estimate(0.0, 0.0, max(before.high, none.high), curve.n, level)
    low, high = _log_log(value, _greenwood(curve, i), level)
    return Estimate(value, low, high, curve.n, level)


def _greenwood(curve: Curve, i: int) -> float:
    """The variance of log S after failure time i: the sum of d / (n (n − d))."""
    d, n = curve.failed[: i + 1].astype(np.float64), curve.at_risk[: i + 1].astype(np.float64)
    return float((d / (n * (n - d))).sum())


def _log_log(value: float, variance: float, level: float) -> tuple[float, float]:
    """The ends S^exp(±z·se / |log S|): symmetric for log(−log S), so never outside 0 and 1."""
    width = two_sided(level) * math.sqrt(variance) / abs(math.log(value))
    return min(value, value ** math.exp(width)), max(value, value ** math.exp(-width))


def median(curve: Curve, level: float = 0.95) -> Median:
    """Estimate the first time by which half or more have failed.

    The interval holds every time at which one half lies in the curve's own log-log interval.

    Source: (Brookmeyer and Crowley, 1982).
    """
    shares = [share_at(curve, float(t), level) for t in curve.time]
    half = 0.5 + EVEN
    value = _first(curve.time, [s.value <= half for s in shares])
    low = _first(curve.time, [s.low <= half for s in shares])
    high = _first(curve.time, [s.high <= half for s in shares])
    return Median(value, min(low, value), max(high, value), curve.n, level)


def _first(time: Floats, reached: list[bool]) -> float:
    return next((float(t) for t, yes in zip(time, reached, strict=True) if yes), math.inf)


def restricted_mean(
    time: npt.ArrayLike, failed: npt.ArrayLike, until: float, level: float = 0.95
) -> Estimate:
    """Estimate the mean time that is survived, up to `until`: the area under the curve from 0 to there.

    The value is the plain area. The interval is normal with Greenwood's variance, after two pseudo-samples
    have been added, one that fails at once and one that lasts to the end: so it has a width also where
    nothing failed or everything failed at one time.

    Args:
        time: (N,) times from 0 on.
        failed: (N,) whether it failed then.
        until: Where counting ends; what lasts longer counts as much.
        level: Of the interval.

    Raises:
        ValueError: if `until` is not above 0 or a time is below it.
    """
    t, d = np.asarray(time, np.float64), np.asarray(failed, np.bool_)
    if not until > 0 or (t.size and t.min() < 0):
        raise ValueError("a restricted mean counts from 0 to an end above it")
    if t.size == 0:
        return Estimate(0.0, 0.0, until, 0, level)
    value, _ = area(kaplan_meier(t, d), until)
    padded = kaplan_meier(np.concatenate((t, (0.0, until))), np.concatenate((d, (True, False))))
    center, error = area(padded, until)
    half = two_sided(level) * error
    low, high = max(0.0, center - half), min(until, center + half)
    return Estimate(value, min(low, value), max(high, value), t.size, level)


def area(curve: Curve, until: float) -> tuple[float, float]:
    """Return the area under the curve from 0 to `until`, and its standard error by Greenwood's variance.

    Beyond the last failure the curve stays where it is. The variance is the sum over failures of (the area
    beyond)² · d / (n (n − d)).
    """
    before = curve.time < until
    time, share = curve.time[before], curve.share[before]
    edges = np.concatenate(((0.0,), time, (until,)))
    strips = np.diff(edges) * np.concatenate(((1.0,), share))
    beyond = np.cumsum(strips[::-1])[::-1][1:]
    d, n = curve.failed[before].astype(np.float64), curve.at_risk[before].astype(np.float64)
    left = np.where(n > d, n * (n - d), 1.0)  # where all fail, nothing lies beyond
    variance = float((beyond**2 * d / left).sum())
    return float(strips.sum()), math.sqrt(variance)
