"""The canonical digest of a table: of its values alone, whatever segments, files or compression held them."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa


class TableDigest:
    """Takes a table in parts, in sorted order; the parts' boundaries leave no trace.

    Each column is three streams, hashed as they come: which rows are absent (one byte a row), lengths of
    texts and lists (int64, little-endian), values (UTF-8; integers and IEEE floats little-endian at the
    column's width, every NaN as the one quiet NaN, absent ones as zero). The digest is the sha256 of the
    number of rows and of each column's name, type (`text`, `int32`, `list of float32`, …) and three hashes,
    in the schema's order.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._rows = 0
        self._streams = {name: tuple(hashlib.sha256() for _ in range(3)) for name in schema.names}

    def add(self, table: pa.Table) -> None:
        """Take the next rows."""
        self._rows += table.num_rows
        for field in self._schema:
            for chunk in table.column(field.name).chunks:
                _feed(self._streams[field.name], chunk.cast(field.type))

    def hex(self) -> str:
        """Return the digest of all rows so far."""
        whole = hashlib.sha256(f"{self._rows}\n".encode())
        for field in self._schema:
            hashes = ",".join(stream.hexdigest() for stream in self._streams[field.name])
            whole.update(f"{field.name} {_kind(field.type)}: {hashes}\n".encode())
        return whole.hexdigest()


def _kind(kind: pa.DataType) -> str:
    """Return a type's name in our own words, so that no release of pyarrow can change it."""
    if pa.types.is_list(kind):
        return f"list of {_kind(kind.value_type)}"
    return "text" if pa.types.is_string(kind) else np.dtype(kind.to_pandas_dtype()).name


def _feed(streams: tuple[Any, ...], values: pa.Array) -> None:
    present, lengths, content = streams
    present.update(np.asarray(values.is_valid().to_numpy(zero_copy_only=False), np.uint8).tobytes())
    if pa.types.is_list(values.type):
        lengths.update(_lengths(values))
        content.update(_fixed(values.flatten()))
    elif pa.types.is_string(values.type):
        lengths.update(_lengths(values))
        content.update(_text(values))
    else:
        content.update(_fixed(values))


def _offsets(values: pa.Array) -> np.ndarray[Any, np.dtype[np.int64]]:
    buffer = values.buffers()[1]
    if buffer is None:
        return np.zeros(1, np.int64)
    return np.frombuffer(buffer, np.int32)[values.offset : values.offset + len(values) + 1].astype("<i8")


def _lengths(values: pa.Array) -> bytes:
    return np.diff(_offsets(values)).astype("<i8").tobytes()


def _text(values: pa.Array) -> bytes | memoryview:
    offsets, data = _offsets(values), values.buffers()[2]
    return memoryview(data)[offsets[0] : offsets[-1]] if data is not None and len(offsets) > 1 else b""


def _fixed(values: pa.Array) -> bytes:
    filled = values.fill_null(0) if values.null_count else values
    numbers = filled.to_numpy(zero_copy_only=False)
    if numbers.dtype.kind == "f":
        numbers = np.where(np.isnan(numbers), numbers.dtype.type(np.nan), numbers)
    little: bytes = numbers.astype(numbers.dtype.newbyteorder("<"), copy=False).tobytes()
    return little


def digest(table: pa.Table, schema: pa.Schema) -> str:
    """Return the digest of a table that is in sorted order already."""
    whole = TableDigest(schema)
    whole.add(table)
    return whole.hex()
