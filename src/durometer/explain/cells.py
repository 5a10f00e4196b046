"""The rows of a record, sorted into cells: one model under one condition each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Column = np.ndarray[Any, Any]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """The rows of one model under one condition, by (position, draw).

    Attributes:
        at: Where each row stands in the record's rows.
        good: Whether the sample could be edited and was put to the model.
        finite: Whether the answer was finite; one that was not scores 0.
    """

    at: Ints
    position: Ints
    draw: Ints
    score: npt.NDArray[np.float64]
    confidence: npt.NDArray[np.float64]
    answer: Ints
    good: npt.NDArray[np.bool_]
    finite: npt.NDArray[np.bool_]


_NO_INTS, _NO_FLOATS, _NO_BOOLS = np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.bool_)
EMPTY = Cell(
    _NO_INTS, _NO_INTS, _NO_INTS, _NO_FLOATS, _NO_FLOATS, _NO_INTS, _NO_BOOLS, _NO_BOOLS
)  # fmt: skip


def factorize(values: Column) -> tuple[Ints, list[Any]]:
    """Return (codes, distinct values in order of appearance): faster than sorting strings."""
    listed = values.tolist()
    distinct = list(dict.fromkeys(listed))
    code = {value: i for i, value in enumerate(distinct)}
    return np.fromiter((code[v] for v in listed), np.int64, len(listed)), distinct


def read_cells(rows: Mapping[str, Column]) -> dict[tuple[str, str], Cell]:
    """Return (model, condition) -> cell from the columns of `rows`."""
    model, models = factorize(rows["model"])
    condition, conditions = factorize(rows["condition"])
    code = model * len(conditions) + condition
    order = np.lexsort((rows["draw"], rows["position"], code))
    found, starts = np.unique(code[order], return_index=True)
    pieces = np.split(order, starts[1:])
    keys = [(str(models[c // len(conditions)]), str(conditions[c % len(conditions)])) for c in found.tolist()]
    good, finite = rows["status"] != "not-edited", rows["status"] != "nan-output"
    return {key: _cell(rows, at, good, finite) for key, at in zip(keys, pieces, strict=False)}


def _cell(rows: Mapping[str, Column], at: Ints, good: Column, finite: Column) -> Cell:
    def column(name: str, kind: Any) -> Any:
        return rows[name][at].astype(kind)

    return Cell(
        at, column("position", np.int64), column("draw", np.int64), column("score", np.float64),
        column("confidence", np.float64), column("answer", np.int64), good[at].astype(bool),
        finite[at].astype(bool),
    )  # fmt: skip
