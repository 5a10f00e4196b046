"""Resampling with seeds of its own: the same data give the same interval, in any process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate

Floats = npt.NDArray[np.float64]


def generator(purpose: str, seed: int = 0) -> np.random.Generator:
    """Return a counter-based generator (Philox) keyed by seed and purpose, never by time."""
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def bootstrap(
    columns: tuple[npt.ArrayLike, ...],
    statistic: Callable[..., float],
    *,
    clusters: npt.ArrayLike | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Estimate any statistic of rows by the basic bootstrap: whole clusters are drawn, columns stay paired.

    Args:
        columns: (R,) arrays; row i of each belongs together (before and after, say).
        statistic: Takes the columns, gives a number.
        clusters: (R,) integers: rows that are drawn together (all draws of a sample); None: each row alone.
        resamples: How often.
        level: Of the interval.
        seed: Of the generator.

    Source: (Efron and Tibshirani, 1993), the basic (reflected percentile) interval, which takes out the
    bias that a statistic such as ECE has.
    """
    arrays = [np.asarray(c) for c in columns]
    value = float(statistic(*arrays))
    groups = _groups(np.arange(len(arrays[0])) if clusters is None else np.asarray(clusters))
    dice = generator("bootstrap", seed)
    drawn = np.empty(resamples)
    for i in range(resamples):
        rows = np.concatenate([groups[g] for g in dice.integers(0, len(groups), len(groups))])
        drawn[i] = statistic(*(a[rows] for a in arrays))
    return reflected(value, drawn, n=len(groups), level=level)


def reflected(
    value: float, drawn: Floats, *, n: int, level: float, low: float = -np.inf, high: float = np.inf
) -> Estimate:
    """Return the basic bootstrap interval, kept inside [low, high] and around the value."""
    lower, upper = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2))
    start, end = max(low, 2 * value - float(upper)), min(high, 2 * value - float(lower))
    return Estimate(value, min(start, value), max(end, value), n, level)


def _groups(clusters: npt.NDArray[np.generic]) -> list[npt.NDArray[np.int64]]:
    _, of, counts = np.unique(clusters, return_inverse=True, return_counts=True)
    return np.split(np.argsort(of, kind="stable"), np.cumsum(counts)[:-1])
