"""MVI-Sensitivity: the share of the accuracy on normal pictures that their misleading twins cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import arms
from durometer.stats import paired_estimate, share_estimate
from durometer.stats.cluster import unit_means
from durometer.stats.ratio import relative_drop


@dataclass(frozen=True)
class MVISensitivity(Measure):
    """(accuracy on normal − accuracy on misleading) / accuracy on normal, over pairs; 0 if the first is 0.

    Takes the rows of one model under two conditions: the normal pictures and their misleading twins, which
    share a position. Pairs are the units; draws (shuffled options) are averaged first. The published figure
    is its absolute value; the sign is kept here, so that a gain is not taken for a loss. Fieller's interval.
    """

    name: ClassVar[str] = "MVI-Sensitivity"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "draw", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "chen2025"

    before: Annotated[str, Param("Spec key of the normal pictures")] = "canvas"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share lost, at most 1; negative where the misleading twins are answered better."""
        pair = arms(rows, self.before)
        return relative_drop(*_per_unit(pair.before, pair.after, pair.unit), self.level)


@dataclass(frozen=True)
class Sensitivity:
    """One category of pairs, or all of them.

    Attributes:
        category: Its name; `all` for all pairs.
        normal, misleading: Accuracy on either arm.
        sensitivity: The share lost; n counts pairs.
        drop: Accuracy lost, paired.
        lost, gained: Answers right on the normal picture only, and on the misleading one only.
        p: McNemar's exact two-sided test of "as many are gained as lost", not adjusted.
    """

    category: str
    normal: Estimate
    misleading: Estimate
    sensitivity: Estimate
    drop: Estimate
    lost: int
    gained: int
    p: float


def sensitivities(
    rows: Rows, category: Sequence[str], *, before: str = "canvas", level: float = 0.95
) -> tuple[Sensitivity, ...]:
    """Return MVI-Sensitivity over all pairs, then for each category in alphabetical order.

    Args:
        rows: Of one model under two conditions; see `MVISensitivity`.
        category: Category of each position: `category[rows["position"]]`.
        before: Spec key of the normal pictures.
        level: Of all intervals.
    """
    pair = arms(rows, before)
    of = np.asarray(category, object)[pair.unit]
    names = ["all", *sorted(set(of.tolist()))]
    return tuple(_of(name, pair, np.ones(of.size, bool) if i == 0 else of == name, level)
                 for i, name in enumerate(names))  # fmt: skip


def _of(name: str, pair: Any, kept: npt.NDArray[np.bool_], level: float) -> Sensitivity:
    unit = pair.unit[kept]
    one, other = pair.before["score"][kept], pair.after["score"][kept]
    paired = paired_estimate(one, other, units=unit, level=level)
    return Sensitivity(
        category=name,
        normal=share_estimate(one, units=unit, level=level),
        misleading=share_estimate(other, units=unit, level=level),
        sensitivity=relative_drop(*_per_unit({"score": one}, {"score": other}, unit), level),
        drop=paired.drop,
        lost=paired.lost,
        gained=paired.gained,
        p=paired.p,
    )


def _per_unit(
    before: Rows, after: Rows, unit: Any
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    one, other = (unit_means(np.asarray(arm["score"], np.float64), unit, None)[0] for arm in (before, after))
    return one, other
