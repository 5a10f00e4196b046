"""A table added to a record that is finished: what was found out about its rows afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow.parquet as pq

from durometer.core import RecordError
from durometer.records import atomic
from durometer.records.digest import TableDigest
from durometer.records.manifest import merged, write_manifest
from durometer.records.record import Record
from durometer.records.schema import OPTIONAL, TABLES, to_arrow
from durometer.records.segments import COMPRESSION


def add_table(record: Record, name: str, columns: Mapping[str, Sequence[Any]]) -> Record:
    """Write an optional table into a finished record, in place of the one it had, and return the new record.

    Args:
        record: Its rows and their digests stay as they are.
        name: `attributions`, `searches`.
        columns: Its columns, in any order of rows.

    Raises:
        RecordError: the record is not complete, the table is not optional, or a column doesn't fit.
    """
    if name not in OPTIONAL:
        raise RecordError(f"{name!r} can't be added", fix=f"Tables to add are {', '.join(sorted(OPTIONAL))}")
    if not record.complete:
        raise RecordError("the run is not complete", where=str(record.path), fix="Let it finish first")
    table = to_arrow(name, columns)
    digest = TableDigest(TABLES[name])
    digest.add(table)
    with atomic.replacing(record.path / f"{name}.parquet") as file:
        pq.write_table(table, file, compression=COMPRESSION)
    about = {"tables": {name: {"rows": table.num_rows, "digest": digest.hex()}}}
    write_manifest(record.path, merged(record.manifest, about))
    return Record.open(record.path)
