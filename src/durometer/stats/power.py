"""What a comparison could have seen: the power of McNemar's exact test, computed exactly."""

from __future__ import annotations

import math

import numpy as np

from durometer.stats.normal import quantile

TAIL = 7.0
"""Standard deviations of the number of changed pairs that are summed over."""


def power(n: float, gain_rate: float, drop: float, alpha: float = 0.05) -> float:
    """Return the chance that n pairs with this drop give a two-sided exact McNemar p of at most `alpha`.

    Args:
        n: Pairs; a fraction (shrunk by a design effect) is rounded down.
        gain_rate: Share of pairs that are wrong before and right after.
        drop: Share lost minus share gained, at least 0.
        alpha: For one comparison of a family of k: 0.05 / k.
    """
    from scipy.special import bdtr, bdtrc

    whole, changed = math.floor(n), min(1.0, 2 * gain_rate + drop)
    if whole < 1 or changed <= 0:
        return 0.0
    spread = TAIL * math.sqrt(whole * changed) + TAIL
    m = np.arange(max(0, int(whole * changed - spread)), min(whole, int(whole * changed + spread)) + 1)
    weight = _binomial(m, whole, changed)
    # the fewest gains are a tail of the binomial law of m with 1/2: the largest number still rejected
    allowed = _largest_rejected(m, alpha)
    share = min(1.0, gain_rate / changed)
    rejected = np.where(allowed >= 0, bdtr(np.maximum(allowed, 0), m, share), 0.0)
    wrong_way = np.where(allowed >= 0, bdtrc(m - np.maximum(allowed, 0) - 1, m, share), 0.0)
    return float(np.minimum(1.0, weight @ (rejected + wrong_way)))


def smallest_drop(n: float, gain_rate: float, *, alpha: float = 0.05, chance: float = 0.8) -> float:
    """Return the smallest drop that n pairs find with this chance, to 1e-4; 1.0 if none would be.

    With no discordance at all (gain_rate 0) the number of losses alone must reach significance: at α = 0.05
    that is 6 of 6, at any n.

    Args:
        n: Pairs.
        gain_rate: Share of pairs that go from wrong to right, as observed: the noise to stand out of.
        alpha: Level of one comparison.
        chance: Power wanted.
    """
    low, high = 0.0, 1.0 - gain_rate
    if power(n, gain_rate, high, alpha) < chance:
        return 1.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        if power(n, gain_rate, middle, alpha) >= chance:
            high = middle
        else:
            low = middle
    return high


def _binomial(k: np.ndarray, n: int, p: float) -> np.ndarray:
    from scipy.special import gammaln, xlog1py, xlogy

    log = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlog1py(n - k, -p)
    result: np.ndarray = np.exp(log)
    return result


def _largest_rejected(m: np.ndarray, alpha: float) -> np.ndarray:
    """The largest j with 2 · P(X ≤ j) ≤ alpha for X ~ Binomial(m, 1/2); −1 if there is none."""
    from scipy.special import bdtr

    def fits(j: np.ndarray) -> np.ndarray:
        result: np.ndarray = (j < 0) | (2 * bdtr(np.maximum(j, 0), m, 0.5) <= alpha)
        return result

    # the normal law lands within a step or two; the exact one decides
    j: np.ndarray = np.floor(m / 2 + quantile(alpha / 2) * np.sqrt(m) / 2 - 0.5).clip(-1)
    while (up := fits(j + 1) & (j + 1 <= m // 2)).any():
        j = j + up
    while not (held := fits(j)).all():
        j = j - ~held
    return j
