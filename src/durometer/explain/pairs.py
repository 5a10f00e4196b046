"""Two conditions of one model, aligned by (sample, draw), without those that either could not edit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from durometer.explain.cells import Cell
from durometer.explain.study import Study
from durometer.measures.arms import find
from durometer.stats import PairedResult, paired_estimate

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """Aligned rows: `before[i]` of one cell belongs to `after[i]` of the other; `unit` is the position."""

    one: Cell
    other: Cell
    before: Ints
    after: Ints

    @property
    def unit(self) -> Ints:
        """(P,) position of each pair's sample; its draws share it."""
        return self.other.position[self.after]

    @property
    def scores(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(P,) scores before and after."""
        return self.one.score[self.before], self.other.score[self.after]


def pair(one: Cell, other: Cell) -> Pair:
    """Align two cells; a reference asked once answers for all draws."""
    partner = find(other.position, other.draw, one.position, one.draw)
    after = np.flatnonzero((partner >= 0) & other.good)
    before = partner[after]
    kept = one.good[before]
    return Pair(one, other, before[kept], after[kept])


def compare_pair(study: Study, aligned: Pair) -> PairedResult:
    """Return the paired comparison of aligned rows, with draws as one unit and the study's clusters."""
    before, after = aligned.scores
    return paired_estimate(
        before, after, units=aligned.unit, clusters=study.clusters(aligned.unit), level=study.level
    )
