"""The smallest changes that break a model, as attacks that look for the nearest broken input found them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from durometer.explain.cells import Ints
from durometer.explain.tried import Floats, Tried
from durometer.stats import Median, kaplan_meier, median


@dataclass(frozen=True)
class Smallest:
    """The distances that one attack found, over the samples right before.

    Attributes:
        condition: Spec key.
        median: By Kaplan and Meier; infinite where fewer than half were broken.
        n: Samples right before; `censored` of them were never broken, up to the radius `until`.
        optimality: Local optimality: 1 where nothing in the record found a nearer broken input of any sample,
            0 where it found no broken input at all (Cinà et al., 2024); None where no other attack of the
            record searched the same kind of set, or none broke anything.
    """

    condition: str
    title: str
    name: str
    median: Median
    n: int
    censored: int
    until: float
    optimality: float | None


def smallest(group: Sequence[Tried], right: Ints, level: float) -> tuple[Smallest, ...]:
    """Return one line for each attack of a group that looks for the nearest broken input."""
    best = nearest(group, right)
    several = len({one.condition for one in group}) > 1
    return tuple(_line(one, right, best if several else None, level) for one in group if one.minimal)


def nearest(group: Sequence[Tried], right: Ints) -> Floats:
    """Return the smallest change known to break each of some positions; infinite where none is."""
    best = np.full(right.size, np.inf)
    for one in group:
        known = np.isin(one.cell.position, right)
        np.minimum.at(best, np.searchsorted(right, one.cell.position[known]), one.reach[known])
    return best


def optimality(distance: Floats, best: Floats) -> float | None:
    """Return an attack's local optimality, 1 − (area − best area) / (whole area − best area).

    Areas are those under the curve of accuracy against distance, up to the largest distance at which the
    best of all attacks still breaks a sample; a sample that an attack did not break, or only beyond, counts
    up to there.

    Args:
        distance: (N,) found by the attack for samples right before; infinite where it found none.
        best: (N,) the smallest found by any attack.

    Source: (Cinà et al., 2024).
    """
    found = best[np.isfinite(best)]
    if not found.size:
        return None
    until = float(found.max())
    area, least = (float(np.minimum(d, until).mean()) for d in (distance, best))
    return None if until <= least else 1 - (area - least) / (until - least)


def _line(one: Tried, right: Ints, best: Floats | None, level: float) -> Smallest:
    distance = nearest((one,), right)
    failed = np.isfinite(distance)
    half = median(kaplan_meier(np.where(failed, distance, one.radius), failed), level)
    share = None if best is None else optimality(distance, best)
    censored = int((~failed).sum())
    return Smallest(one.condition, one.title, one.name, half, right.size, censored, one.radius, share)
