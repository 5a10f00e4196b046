"""Two arms of a comparison held together: which row of one belongs to which row of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from durometer.core import Rows, UsageError
from durometer.stats.cluster import unit_means

Ints = npt.NDArray[np.int64]
Column = np.ndarray[Any, Any]
DRAWS = 1 << 20
"""More draws than any plan has; position × DRAWS + draw is one integer."""


def find(position: Column, draw: Column, in_position: Column, in_draw: Column) -> Ints:
    """Return for each (position, draw) the index of its partner, −1 where there is none.

    An arm without that draw answers with its draw 0: the unedited canvas is asked once for all draws.
    """
    keys = in_position.astype(np.int64) * DRAWS + in_draw
    order = np.argsort(keys, kind="stable")
    first = np.asarray(position, np.int64) * DRAWS
    exact = _lookup(first + draw, keys, order)
    return np.where(exact >= 0, exact, _lookup(first, keys, order))


def _lookup(wanted: Ints, keys: Ints, order: Ints) -> Ints:
    if keys.size == 0:
        return np.full(wanted.shape, -1, np.int64)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), keys.size - 1)
    found = order[at]
    return np.where(keys[found] == wanted, found, -1)


@dataclass(frozen=True)
class Arms:
    """Paired rows of two conditions of one model, without those that either arm could not edit.

    Attributes:
        unit: (P,) position of the sample: draws of one sample share it.
        before, after: Columns of the two arms, (P,) each.
    """

    unit: Ints
    before: Rows
    after: Rows


def arms(rows: Rows, before: str) -> Arms:
    """Split rows of two conditions into arms: `before` names the reference condition.

    Raises:
        UsageError: if the rows hold several models, or not exactly one other condition.
    """
    others = sorted(set(rows["condition"].tolist()) - {before})
    if len(others) > 1:
        raise UsageError(
            f"a paired measure compares two conditions, these rows hold {1 + len(others)}",
            fix="Select the rows of one condition and of its reference",
        )
    one_model(rows)
    is_before = rows["condition"] == before
    edited = rows["status"] != "not-edited"
    return join(only(rows, is_before & edited), only(rows, ~is_before & edited))


def join(before: Rows, after: Rows) -> Arms:
    """Pair rows by (position, draw); rows without a partner are left out."""
    partner = find(after["position"], after["draw"], before["position"], before["draw"])
    kept = partner >= 0
    return Arms(
        after["position"][kept].astype(np.int64),
        {name: column[partner[kept]] for name, column in before.items()},
        only(after, kept),
    )


def side_by_side(rows: Rows, conditions: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return (n, k) mean scores over draws of the samples that every one of k conditions could edit.

    Raises:
        UsageError: if the rows hold several models.
    """
    one_model(rows)
    kept = answered(rows)
    means = [_means(only(kept, kept["condition"] == key)) for key in conditions]
    shared = sorted(set.intersection(*(set(m) for m in means))) if means else []
    return np.array([[m[unit] for m in means] for unit in shared]).reshape(len(shared), len(conditions))


def _means(rows: Rows) -> dict[int, float]:
    units = rows["position"].astype(np.int64)
    means, _ = unit_means(rows["score"].astype(np.float64), units, None)
    return dict(zip(np.unique(units).tolist(), means.tolist(), strict=True))


def one_model(rows: Rows) -> None:
    """Refuse rows of several models.

    Raises:
        UsageError: if there are several.
    """
    if "model" in rows and len(set(rows["model"].tolist())) > 1:
        raise UsageError("a paired measure speaks of one model", fix="Select the rows of one model")


def only(rows: Rows, keep: Column) -> Rows:
    """Return the rows where `keep` is true."""
    return {name: column[keep] for name, column in rows.items()}


def answered(rows: Rows) -> Rows:
    """Return the rows that were put to the model."""
    return only(rows, rows["status"] != "not-edited")
