"""What an attack spent, and how much accuracy was left after how many passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from durometer.core import Estimate
from durometer.explain.cells import Ints
from durometer.explain.study import Study
from durometer.explain.tried import Bools, Tried
from durometer.stats import share_estimate

STEPS = (1, 3, 10)
"""Budgets at which accuracy is told, in every power of ten."""


@dataclass(frozen=True)
class Spent:
    """Passes through the model, a sample; the questions that check what was found are not among them.

    Attributes:
        forwards, backwards: Median over the samples right before.
        total: Forward and backward passes together, over all samples and draws.
        left: (passes, share of all samples that an attack stopped there would have left right), ascending.
    """

    forwards: float
    backwards: float
    total: int
    left: tuple[tuple[int, Estimate], ...]


def spent(study: Study, one: Tried, right: Ints) -> Spent | None:
    """Return what an attack spent; None where it does not say."""
    if not np.isfinite(one.passes).all() or not one.passes.size:
        return None
    known = np.isin(one.cell.position, right)
    if not known.any():
        return Spent(0.0, 0.0, int(one.passes.sum()), ())
    forwards, backwards = (float(np.median(x[known])) for x in (one.forwards, one.backwards))
    return Spent(forwards, backwards, int(one.passes.sum()), () if one.minimal else _left(study, one, known))


def _left(study: Study, one: Tried, known: Bools) -> tuple[tuple[int, Estimate], ...]:
    most = int(one.passes[known].max())
    steps = sorted({10**power * step for power in range(len(str(most))) for step in STEPS} | {most})
    left = []
    for budget in (s for s in steps if s <= most):
        still = known & ~(one.broken & (one.passes <= budget))
        left.append((budget, share(study, still, one.cell.position)))
    return tuple(left)


def share(study: Study, held: Bools, position: Ints) -> Estimate:
    """Estimate the share of rows that hold, a sample's draws together."""
    return share_estimate(
        held.astype(np.float64), units=position, clusters=study.clusters(position), level=study.level
    )
