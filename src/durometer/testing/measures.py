"""The contract of a measure."""

from __future__ import annotations

import math

import numpy as np

from durometer.core import Estimate, Measure, Rows
from durometer.records.schema import TABLES
from durometer.testing.require import check_declared, require, unmoved

COLUMNS = frozenset({*TABLES["rows"].names, "top", "top_confidence", *TABLES["attributions"].names})


def check_measure(measure: Measure, *, rows: Rows | None = None) -> None:
    """Check that a measure keeps its contract.

    It says what it is, which columns it reads, which direction is better and its unit; it is a pure function
    of those columns alone, whatever the order of the rows; its interval holds its value; it can be asked
    about rows that were not edited, answers that were not finite, and no rows at all.

    Args:
        measure: An instance.
        rows: What to try it on; 60 toy rows if not given, under two conditions if it reads `condition`.

    Raises:
        AssertionError: the rule that was broken, in words.
    """
    of = f"measure {getattr(measure, 'name', type(measure).__name__)!r}"
    check_declared(measure, of=of)
    unknown = frozenset(measure.needs) - COLUMNS
    require(
        bool(measure.needs) and not unknown,
        f"needs names columns that no record has: {sorted(unknown)}",
        of=of,
    )
    require(measure.better in ("higher", "lower"), "better must be 'higher' or 'lower'", of=of)
    require(bool(measure.unit), "unit must not be empty", of=of)
    rows = toy_rows(measure) if rows is None else rows
    needed = {name: rows[name] for name in measure.needs}
    with unmoved(needed, of=of):
        found = measure(needed)
    _check_estimate(found, of)
    require(measure(needed) == found, "asked again it answers differently", of=of)
    order = np.argsort(np.sin(np.arange(len(next(iter(needed.values()))))))
    _check_close(measure({name: column[order] for name, column in needed.items()}), found, of)
    require(
        measure({name: column[:0] for name, column in needed.items()}).n == 0,
        "no rows must give n = 0",
        of=of,
    )


def _check_estimate(found: Estimate, of: str) -> None:
    require(isinstance(found, Estimate), f"it must return an Estimate, not {type(found).__name__}", of=of)
    require(found.n > 0, "it found nothing to count in the rows", of=of)
    require(
        all(map(math.isfinite, (found.value, found.low, found.high))),
        "value and interval must be finite",
        of=of,
    )
    require(0 < found.level < 1, "level must be between 0 and 1", of=of)


def _check_close(a: Estimate, b: Estimate, of: str) -> None:
    pairs = ((a.value, b.value), (a.low, b.low), (a.high, b.high))
    near = a.n == b.n and all(abs(x - y) <= 1e-9 for x, y in pairs)
    require(near, "it depends on the order of the rows", of=of)


def toy_rows(measure: Measure) -> Rows:
    """Return 60 rows of 30 samples for a measure: every column it may read, one model, three classes.

    Of two conditions, the one named by the measure's parameter `before` is right on all but every fifth
    sample, the other on all but every third. Sample 7 could not be edited; sample 11 had no finite answer.
    """
    one = "condition" not in measure.needs
    position = np.arange(60) if one else np.tile(np.arange(30), 2)
    edited = np.repeat([False, True], 30)
    score = np.where(edited, position % 3 != 0, position % 5 != 0).astype(np.float32)
    status = np.full(60, "ok", object)
    status[edited & (position % 30 == 7)] = "not-edited"
    status[edited & (position % 30 == 11)] = "nan-output"
    finite = status == "ok"
    score[~finite] = 0
    label = position % 3
    answer = np.where(finite, np.where(score > 0, label, (label + 1) % 3), -1).astype(np.int32)
    confidence = np.where(finite, 0.5 + 0.4 * np.abs(np.sin(position)), np.nan).astype(np.float32)
    before = str(getattr(measure, "before", "canvas"))
    text = {"model": "toy", "axis": "toy", "unit": "", "reason": "", "pixels": "", "facts": "{}"}
    top = np.empty(60, object)
    top[:] = [np.roll(np.arange(3), -int(a)) if a >= 0 else np.full(3, -1) for a in answer]
    shares = np.empty(60, object)
    shares[:] = [np.array([c, (1 - c) / 2, (1 - c) / 2]) for c in confidence]
    return {
        **{name: np.full(60, value, object) for name, value in text.items()},
        "sample": np.array([f"toy/{p:04d}" for p in position], object), "position": position.astype(np.int32),
        "condition": np.where(edited, "edited", before).astype(object), "severity": edited.astype(np.float64),
        "method": np.full(60, "toy", object), "inside": 0.3 + 0.2 * np.abs(np.sin(position)),
        "area": np.full(60, 0.25),
        "draw": np.zeros(60, np.int32), "target": label.astype(str).astype(object), "answer": answer,
        "confidence": confidence, "score": score, "status": status, "top": top, "top_confidence": shares,
    }  # fmt: skip
