"""From parquet to numpy: whole columns at once, each text made once however often it stands in a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]


def decoded(tables: Iterable[pa.Table]) -> dict[str, Array]:
    """Return the columns of tables that follow each other.

    Text is an object array of `str`; a column of lists is an object array of numpy arrays; an absent number
    is NaN.
    """
    made = [{name: _column(table.column(name)) for name in table.column_names} for table in tables]
    if len(made) == 1:
        return made[0]
    return {name: np.concatenate([part[name] for part in made]) for name in made[0]}


def matching(table: pa.Table, where: Mapping[str, str]) -> pa.Table:
    """Return the rows whose columns have these texts."""
    for name, text in where.items():
        table = table.filter(pc.equal(table.column(name), text))
    return table


def _column(column: pa.ChunkedArray) -> Array:
    chunks = [_decode(chunk) for chunk in column.chunks]
    return chunks[0] if len(chunks) == 1 else np.concatenate([_empty(column.type), *chunks])


def _decode(values: pa.Array) -> Array:
    if pa.types.is_dictionary(values.type):
        words = np.array([*values.dictionary.to_pylist(), ""], object)
        texts: Array = words[values.indices.to_numpy(zero_copy_only=False)]
        return texts
    if pa.types.is_list(values.type):
        return _lists(values)
    if pa.types.is_string(values.type):
        return np.array([*values.to_pylist(), None], object)[:-1]
    numbers: Array = values.to_numpy(zero_copy_only=False)
    return numbers


def _lists(values: pa.Array) -> Array:
    flat = values.flatten().to_numpy(zero_copy_only=False)
    ends = np.cumsum(values.value_lengths().to_numpy(zero_copy_only=False))
    made = np.empty(len(values), object)
    made[:] = np.split(flat, ends[:-1]) if len(values) else []
    return made


def _empty(kind: pa.DataType) -> Array:
    plain = not (pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_string(kind))
    return np.empty(0, kind.to_pandas_dtype() if plain else object)
