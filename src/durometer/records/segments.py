"""Segments: numbered parts of the tables while a run goes on, and how they become one file each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from durometer.core import RecordError
from durometer.records import atomic
from durometer.records.digest import TableDigest
from durometer.records.schema import COMMIT, OPTIONAL, TABLES, sort_keys, to_arrow

NAME = re.compile(r"(\d{6,})\.parquet\Z")
GROUP = 8192
"""Rows that are held in memory at once while segments become one file."""
COMPRESSION = "zstd"


def segment_path(root: Path, table: str, number: int) -> Path:
    """Return where a table's part of a segment lies."""
    return root / table / f"{number:06d}.parquet"


def complete_segments(root: Path) -> tuple[int, ...]:
    """Return the numbers of the segments whose tables are all on disk, ascending."""
    folder = root / COMMIT
    found = (NAME.match(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    return tuple(sorted(int(match.group(1)) for match in found if match))


def write_segment(root: Path, number: int, tables: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
    """Write a segment's tables; `rows`, the last, makes it count. A kill in between leaves nothing counted.

    Raises:
        RecordError: a table is missing or doesn't fit its schema; nothing is written then.
        OSError: the system refuses, for example because the disk is full.
    """
    wrong = ", ".join(sorted((set(tables) ^ set(TABLES)) - OPTIONAL))
    if wrong:
        raise RecordError(f"segment {number} lacks or has too many tables: {wrong}", where=str(root))
    made = {name: to_arrow(name, tables[name]) for name in TABLES if name in tables}
    for name, table in made.items():
        if name in OPTIONAL and not table.num_rows:
            continue
        with atomic.replacing(segment_path(root, name, number)) as file:
            pq.write_table(table, file, compression=COMPRESSION)


def read_part(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one parquet file whole.

    Raises:
        RecordError: it is missing or damaged; names the file.
    """
    return pa.concat_tables(list(pieces(path, columns)))


def pieces(
    path: Path, columns: Sequence[str] | None = None, encoded: Sequence[str] = ()
) -> Iterator[pa.Table]:
    """Yield a parquet file's row groups, one at a time in memory; at least one, be it empty.

    Args:
        path: The file.
        columns: Which to read; all if None.
        encoded: Text columns to leave as dictionaries.

    Raises:
        RecordError: it is missing or damaged; names the file.
    """
    try:
        with pq.ParquetFile(path, read_dictionary=list(encoded)) as file:
            if file.num_row_groups == 0:
                yield file.read(columns=columns)
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns, use_threads=False)
    except FileNotFoundError as error:
        raise RecordError("this part of the record is missing", where=str(path)) from error
    except (pa.ArrowException, OSError, KeyError) as error:
        raise RecordError(f"this part of the record is damaged ({error})", where=str(path)) from error


def parts(root: Path, name: str, numbers: Sequence[int]) -> list[Path]:
    """Return the files of a table's segments; an optional table has none where nothing stood in it."""
    files = [segment_path(root, name, number) for number in numbers]
    return [file for file in files if name not in OPTIONAL or file.exists()]


class Whole(NamedTuple):
    """A finished table: its rows and its canonical digest."""

    rows: int
    digest: str


def compact(root: Path, name: str, numbers: Sequence[int]) -> Whole:
    """Join a table's segments to one file; see `parts`.

    Segments are read one by one, so memory doesn't grow with the table.

    Raises:
        RecordError: two segments overlap, or one is damaged.
    """
    digest, rows = TableDigest(TABLES[name]), 0
    with (
        atomic.replacing(root / f"{name}.parquet") as file,
        pq.ParquetWriter(file, TABLES[name], compression=COMPRESSION) as writer,
    ):
        for group in _groups(_in_order(root, name, numbers)):
            digest.add(group)
            rows += group.num_rows
            writer.write_table(group, row_group_size=GROUP)
    return Whole(rows, digest.hex())


def _in_order(root: Path, name: str, numbers: Sequence[int]) -> Iterator[pa.Table]:
    """Read the segments one by one; each is sorted, and each must begin where the last one ended."""
    last = -1
    for path in parts(root, name, numbers):
        part = read_part(path)
        if part.num_rows and sort_keys(name):
            positions = part.column("position").to_numpy()
            if positions[0] <= last:
                raise RecordError("this segment overlaps the one before it", where=str(path))
            last = int(positions[-1])
        yield part


def _groups(parts: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Gather small tables, so that the file has few row groups."""
    waiting: list[pa.Table] = []
    for part in parts:
        waiting.append(part)
        if sum(t.num_rows for t in waiting) >= GROUP:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def remove_segments(root: Path) -> None:
    """Remove the numbered parts once the whole tables are there; the mark that they count goes first."""
    for name in reversed(list(TABLES)):
        shutil.rmtree(root / name, ignore_errors=True)
