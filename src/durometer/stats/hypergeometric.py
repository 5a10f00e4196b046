"""Exact one-sided tests of "this group has more than its share", alone and within strata."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def more_than_share(hits: npt.ArrayLike, size: npt.ArrayLike, total_hits: int, total: int) -> Floats:
    """Return P(X ≥ hits) for X hits among `size` drawn from `total`, of which `total_hits` are hits.

    Groups with no more than their share get 1 without a sum: they can't be what is looked for.

    Source: Fisher's exact test, one-sided (hypergeometric law).
    """
    from scipy.special import gammaln

    k, n = np.broadcast_arrays(np.asarray(hits, np.float64), np.asarray(size, np.float64))
    p = np.ones(k.shape)
    at = np.flatnonzero(k * total > n * total_hits)
    if at.size == 0:
        return p
    k, n = k.ravel()[at], n.ravel()[at]
    # the first term by factorials, the others by their ratio: they fall, as k is above the mode
    log = _choose(gammaln, total_hits, k) + _choose(gammaln, total - total_hits, n - k)
    term = np.exp(log - _choose(gammaln, total, n))
    tail = term.copy()
    while (term > 1e-17 * tail).any():
        term = term * np.maximum((total_hits - k) * (n - k), 0)
        term = term / ((k + 1) * (total - total_hits - n + k + 1))
        tail, k = tail + term, k + 1
    p.ravel()[at] = np.minimum(1.0, tail)
    return p


def more_within_strata(member: npt.NDArray[np.bool_], hit: npt.NDArray[np.bool_], strata: Ints) -> float:
    """Return the exact one-sided p of "members are hit more", compared only within strata.

    The sum of independent hypergeometric laws, one a stratum, convolved.

    Args:
        member: (n,) whether it belongs to the group.
        hit: (n,) whether it is a hit, such as a wrong answer.
        strata: (n,) small integers from 0.

    Source: the exact form of (Mantel and Haenszel, 1959).
    """
    cells = np.bincount(strata * 4 + member * 2 + hit).astype(np.int64)
    cells = np.pad(cells, (0, -cells.size % 4)).reshape(-1, 4)
    law, least, seen = np.ones(1), 0, 0
    for out_miss, out_hit, in_miss, in_hit in cells.tolist():
        start, pmf = _law(in_miss + in_hit, out_hit + in_hit, out_miss + out_hit + in_miss + in_hit)
        law, least, seen = np.convolve(law, pmf), least + start, seen + in_hit
    return float(min(1.0, law[seen - least :].sum()))


def _law(size: int, hits: int, total: int) -> tuple[int, Floats]:
    """The support's first point and the probabilities of a hypergeometric law."""
    from scipy.special import gammaln

    start, end = max(0, size + hits - total), min(size, hits)
    k = np.arange(start, end + 1, dtype=np.float64)
    log = _choose(gammaln, hits, k) + _choose(gammaln, total - hits, size - k) - _choose(gammaln, total, size)
    pmf: Floats = np.exp(log)
    return start, pmf


def _choose(gammaln: np.ufunc, n: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    n, k = np.asarray(n, np.float64), np.asarray(k, np.float64)
    result: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return result
