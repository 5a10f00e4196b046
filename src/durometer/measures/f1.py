"""Macro-F1 of yes-or-no decisions, and what is lost of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered, arms
from durometer.stats import generator

Floats = npt.NDArray[np.float64]
KINDS = 4
"""Right yes, missed yes, false yes, right no."""
AT_ONCE = 4_000_000
"""Samples times resamples that are held in memory."""


def macro_f1(counts: Floats) -> Floats:
    """Return (…) macro-F1 of (…, 4) counts of right yes, missed yes, false yes and right no.

    The mean of F1 = 2·right / (2·right + wrong) over the two answers; 0 for an answer neither given nor true.
    """
    yes, missed, false, no = np.moveaxis(counts, -1, 0)
    wrong = missed + false
    found: Floats = (yes / np.maximum(yes + wrong / 2, 0.5) + no / np.maximum(no + wrong / 2, 0.5)) / 2
    return found


@dataclass(frozen=True)
class MacroF1(Measure):
    """Macro-F1 of the decisions of one condition: targets and answers are 1 (yes) and 0 (no).

    An answer that is neither (an output that was not finite) counts as wrong. Percentile bootstrap over
    samples, all decisions on a sample drawn together; two pseudo-samples, wrong either way, are in the urn,
    so that a network without an error has no interval of zero width.
    """

    name: ClassVar[str] = "macro-F1"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "target", "answer", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "ramshetty2023"

    resamples: Annotated[int, Param("of the bootstrap", low=100)] = 2000
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean of both answers' F1, 0 to 1."""
        kept = answered(rows)
        tables = _tables(kept, kept["position"])
        if not len(tables):
            return Estimate(0.0, 0.0, 1.0, 0, self.level)
        drawn = macro_f1(_drawn(np.concatenate([tables, WRONG]), self.resamples))
        return _around(float(macro_f1(tables.sum(axis=0))), drawn, len(tables), self.level)


@dataclass(frozen=True)
class MacroF1Drop(Measure):
    """Macro-F1 lost from one condition to another, over the same decisions; paired bootstrap over samples.

    Two pseudo-samples, one lost and one gained, are in the urn.
    """

    name: ClassVar[str] = "macro-F1 drop"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"position", "draw", "condition", "target", "answer", "status"}
    )
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "ramshetty2023"

    before: Annotated[str, Param("Spec key of the reference, the captions as they are")] = "canvas"
    resamples: Annotated[int, Param("of the bootstrap", low=100)] = 2000
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return before − after, −1 to 1; positive = lost."""
        pair = arms(rows, self.before)
        both = np.concatenate([_tables(arm, pair.unit) for arm in (pair.before, pair.after)], axis=1)
        if not len(both):
            return Estimate(0.0, -1.0, 1.0, 0, self.level)
        drawn = _drop(_drawn(np.concatenate([both, CHANGED]), self.resamples))
        return _around(float(_drop(both.sum(axis=0))), drawn, len(both), self.level)


WRONG = np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
"""A missed yes and a false yes."""
CHANGED = np.array([[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]])
"""A yes right before and missed after, and the reverse."""


def _tables(rows: Rows, unit: npt.NDArray[Any]) -> Floats:
    """Return (units, 4) counts of each sample's decisions."""
    yes, said = rows["target"] == "1", np.asarray(rows["answer"], np.int64)
    kind = np.where(yes, np.where(said == 1, 0, 1), np.where(said == 0, 3, 2))
    _, of = np.unique(unit, return_inverse=True)
    counts = np.bincount(of * KINDS + kind, minlength=(of.max(initial=-1) + 1) * KINDS)
    tables: Floats = counts.reshape(-1, KINDS).astype(np.float64)
    return tables


def _drawn(tables: Floats, resamples: int) -> Floats:
    """Return (resamples, columns) sums over samples drawn with replacement."""
    n, dice = len(tables), generator("macro-F1")
    step = max(1, AT_ONCE // n)
    parts = [
        dice.multinomial(n, np.full(n, 1 / n), size=min(step, resamples - i)) @ tables
        for i in range(0, resamples, step)
    ]
    sums: Floats = np.concatenate(parts)
    return sums


def _drop(sums: Floats) -> Floats:
    return macro_f1(sums[..., :KINDS]) - macro_f1(sums[..., KINDS:])


def _around(value: float, drawn: Floats, n: int, level: float) -> Estimate:
    low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2)).tolist()
    return Estimate(value, min(low, value), max(high, value), n, level)
