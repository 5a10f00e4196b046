"""The tables of a record: their columns, types and order. `docs/record.md` says what each column means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from durometer.core import RecordError

VERSION = 1
"""Schema version; raised when a reader of the old one would misread a new record."""
KEYS = ("position", "model", "condition", "draw")
"""A table is sorted by those of these that it has, or stays in the order in which it was written."""
COMMIT = "rows"
"""The table written last: a segment counts when it is there."""


def _absent(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=True)


def _table(*columns: tuple[str, pa.DataType] | pa.Field) -> pa.Schema:
    return pa.schema([c if isinstance(c, pa.Field) else pa.field(*c, nullable=False) for c in columns])


TABLES: Mapping[str, pa.Schema] = {
    "samples": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("label", pa.string()),
        ("content", pa.string()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("canvas_height", pa.int32()),
        ("canvas_width", pa.int32()),
        _absent("mask_share", pa.float64()),
        ("facts", pa.string()),
    ),
    "unread": _table(("sample", pa.string()), ("position", pa.int32()), ("reason", pa.string())),
    "pictures": _table(
        ("sample", pa.string()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("kind", pa.string()),
        ("artifact", pa.string()),
    ),
    "searches": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("model", pa.string()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("candidate", pa.int32()),
        _absent("value", pa.float64()),
        _absent("x", pa.float64()),
        _absent("y", pa.float64()),
        ("what", pa.string()),
        ("answer", pa.int32()),
        _absent("confidence", pa.float32()),
        ("score", pa.float32()),
    ),
    "attributions": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("model", pa.string()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("method", pa.string()),
        ("inside", pa.float64()),
        ("area", pa.float64()),
    ),
    "checks": _table(
        ("model", pa.string()),
        ("condition", pa.string()),
        ("check", pa.string()),
        ("verdict", pa.string()),
        _absent("value", pa.float64()),
        _absent("limit", pa.float64()),
        ("sentence", pa.string()),
        ("points", pa.int32()),
        ("forwards", pa.int64()),
        ("backwards", pa.int64()),
    ),
    "detections": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("model", pa.string()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("rank", pa.int32()),
        ("label", pa.int32()),
        ("score", pa.float32()),
        *((side, pa.float32()) for side in ("left", "top", "right", "bottom")),
        ("mask", pa.string()),
    ),
    "truths": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("number", pa.int32()),
        ("label", pa.int32()),
        ("crowd", pa.bool_()),
        *((side, pa.float32()) for side in ("left", "top", "right", "bottom")),
        ("mask", pa.string()),
    ),
    "regions": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("model", pa.string()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("label", pa.int32()),
        ("shared", pa.int64()),
        ("predicted", pa.int64()),
        ("true", pa.int64()),
    ),
    "errors": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("model", pa.string()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("mse", pa.float64()),
        ("mae", pa.float64()),
        *(_absent(name, pa.float64()) for name in ("nmse", "psnr", "ssim")),
    ),
    "outputs": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("model", pa.string()),
        ("condition", pa.string()),
        ("draw", pa.int32()),
        ("top", pa.list_(pa.field("item", pa.int32(), nullable=False))),
        ("top_confidence", pa.list_(pa.field("item", pa.float32(), nullable=False))),
    ),
    "rows": _table(
        ("sample", pa.string()),
        ("position", pa.int32()),
        ("model", pa.string()),
        ("condition", pa.string()),
        ("axis", pa.string()),
        ("severity", pa.float64()),
        ("unit", pa.string()),
        ("draw", pa.int32()),
        ("target", pa.string()),
        ("answer", pa.int32()),
        _absent("confidence", pa.float32()),
        ("score", pa.float32()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("pixels", pa.string()),
        ("facts", pa.string()),
    ),
}
"""Name -> schema, in the order in which a segment is written; the last one commits it."""
OPTIONAL = frozenset({"searches", "attributions", "checks", "detections", "truths", "regions", "errors"})
"""Tables that a record has only when something stands in them."""
DIGESTED = ("rows", "outputs", "detections", "truths", "regions", "errors")
"""The tables whose equality is what *bit-identical* means, as far as a record has them."""


def sort_keys(name: str) -> tuple[str, ...]:
    """Return the columns that order a table; empty for one without positions."""
    has = set(TABLES[name].names)
    return tuple(k for k in KEYS if k in has) if "position" in has else ()


def to_arrow(name: str, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Return columns as a table of the record, checked and sorted.

    In a column that may be absent, None and NaN both mean absent; elsewhere NaN is refused.

    Raises:
        RecordError: an unknown or missing column, unequal lengths, or a value of another type.
    """
    schema = _known(name)
    wrong = set(schema.names) ^ set(columns)
    if wrong:
        raise RecordError(
            f"the columns {', '.join(sorted(wrong))} are missing or unknown", where=f"table {name!r}"
        )
    if len({len(column) for column in columns.values()}) > 1:
        raise RecordError("the columns differ in length", where=f"table {name!r}")
    arrays = [_array(name, field, columns[field.name]) for field in schema]
    table = pa.Table.from_arrays(arrays, schema=schema)
    keys = sort_keys(name)
    return table.sort_by([(key, "ascending") for key in keys]) if keys else table


def _known(name: str) -> pa.Schema:
    if name not in TABLES:
        raise RecordError(f"a record has no table {name!r}", fix=f"Its tables are {', '.join(TABLES)}")
    return TABLES[name]


def _array(name: str, field: pa.Field, values: Sequence[Any]) -> pa.Array:
    where = f"table {name!r}, column {field.name!r}"
    try:
        made = pa.array(values, field.type, from_pandas=field.nullable)
    except (pa.ArrowException, UnicodeEncodeError, TypeError, ValueError, OverflowError) as error:
        raise RecordError(f"holds a value that is not {field.type}: {error}", where=where) from error
    if not field.nullable and (made.null_count or _has_nan(made)):
        raise RecordError("holds an absent value or NaN where there must be one", where=where)
    return made


def _has_nan(values: pa.Array) -> bool:
    flat = values.flatten() if pa.types.is_list(values.type) else values
    if flat.null_count:
        return True
    return pa.types.is_floating(flat.type) and bool(np.isnan(flat.to_numpy(zero_copy_only=False)).any())
