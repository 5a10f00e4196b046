"""Rows that belong together: repeated draws of one sample are one unit; clusters shrink n.

Repeated draws are averaged to one graded difference d in [−1, 1] a sample. Of these, `lost` is the sum of
the positive parts and `gained` of the negative ones, so lost − gained is exact and lost + gained is at
least Σ d²: interval and test behave as if each sample had been drawn once. That is exact for one draw
and errs on the safe side for several draws and for graded scores, also when a rare large change has not
been seen yet, where a t-test would be fooled.

Clusters (such as the class) shrink the counts by their design effect and by the few degrees of freedom that
its variance has (Korn and Graubard, 1998), never below a design effect of 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.stats.normal import two_sided
from durometer.stats.paired import mcnemar_exact, tango
from durometer.stats.proportion import clopper_pearson

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PairedResult:
    """A paired comparison.

    Attributes:
        drop: Mean of before − after over units, with its interval; n counts units.
        lost, gained: Pairs (rows) whose score fell, and rose.
        p: Two-sided; McNemar's exact test, on counts shrunk by `deff`.
        n: Units: samples.
        deff: How many times more rows clusters make necessary; 1 without clusters.
        falls, rises: The sums of the units' falls and rises after shrinking; what `p` was computed from.
        effective: The n that they belong to.
    """

    drop: Estimate
    lost: int
    gained: int
    p: float
    n: int
    deff: float
    falls: float
    rises: float
    effective: float


def paired_estimate(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    *,
    units: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> PairedResult:
    """Compare two scores in [0, 1] of the same rows; a positive drop is a loss.

    Args:
        before: (R,) scores under the reference.
        after: (R,) scores under the condition.
        units: (R,) integers: rows of one sample (its draws) share one and are averaged; None: each its own.
        clusters: (R,) integers: samples that may answer alike share one; None: samples are independent.
        level: Of the interval.
    """
    change = np.asarray(before, np.float64) - np.asarray(after, np.float64)
    lost, gained = int((change > 0).sum()), int((change < 0).sum())
    per_unit, cluster_of = unit_means(change, units, clusters)
    n = per_unit.size
    deff, effective = effective_size(per_unit, cluster_of, level)
    shrink = effective / n if n else 1.0
    falls = float(np.maximum(per_unit, 0).sum()) * shrink
    rises = float(np.maximum(-per_unit, 0).sum()) * shrink
    drop = replace(tango(falls, rises, effective, level), n=n)
    return PairedResult(drop, lost, gained, mcnemar_exact(falls, rises), n, deff, falls, rises, effective)


def share_estimate(
    scores: npt.ArrayLike,
    *,
    units: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the mean of scores in [0, 1] by Clopper and Pearson's interval; n counts units (samples)."""
    per_unit, cluster_of = unit_means(np.asarray(scores, np.float64), units, clusters)
    n = per_unit.size
    _, effective = effective_size(per_unit, cluster_of, level)
    mean = float(per_unit.mean()) if n else 0.0
    return replace(clopper_pearson(min(mean, 1.0) * effective, effective, level), n=n)


def unit_means(
    values: Floats, units: npt.ArrayLike | None, clusters: npt.ArrayLike | None
) -> tuple[Floats, Ints | None]:
    """Return the mean of each unit and, if clusters are given, each unit's cluster."""
    if units is None:
        return values, None if clusters is None else np.asarray(clusters, np.int64)
    _, first, unit_of = np.unique(np.asarray(units), return_index=True, return_inverse=True)
    means = np.bincount(unit_of, values, minlength=first.size) / np.bincount(unit_of, minlength=first.size)
    return means, None if clusters is None else np.asarray(clusters, np.int64)[first]


def effective_size(per_unit: Floats, clusters: Ints | None, level: float = 0.95) -> tuple[float, float]:
    """Return (design effect, effective n) of a mean over units.

    The design effect is the variance of the mean when whole clusters are drawn, over that when units are;
    it is 1 when it can't be told: fewer than two clusters, or no variation.

    Source: (Korn and Graubard, 1998).
    """
    n = per_unit.size
    if clusters is None or n < 2:
        return 1.0, float(n)
    _, cluster_of = np.unique(clusters, return_inverse=True)
    groups = int(cluster_of.max()) + 1
    residual = per_unit - per_unit.mean()
    alone = float(residual @ residual) / (n * (n - 1))
    if groups < 2 or groups == n or alone <= 0:
        return 1.0, float(n)
    sums = np.bincount(cluster_of, residual, minlength=groups)
    together = groups / (groups - 1) * float(sums @ sums) / n**2
    deff = max(1.0, together / alone)
    return deff, max(1.0, n / deff * _few_clusters(groups, level))


def _few_clusters(groups: int, level: float) -> float:
    """The squared ratio of normal to t quantiles: what few clusters cost."""
    from scipy.special import stdtrit

    return float(two_sided(level) / stdtrit(groups - 1, 0.5 + level / 2)) ** 2
