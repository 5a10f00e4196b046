"""The writer: a record grows segment by segment and survives a kill at any moment."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from durometer.core import Json, RecordError
from durometer.records import artifacts, atomic, segments
from durometer.records.columns import decoded
from durometer.records.lock import NAME as LOCK
from durometer.records.lock import Lock
from durometer.records.manifest import NAME as MANIFEST
from durometer.records.manifest import merged, read_manifest, write_manifest
from durometer.records.schema import DIGESTED, OPTIONAL, TABLES, VERSION

PLAN = "plan.toml"
Columns = Mapping[str, Sequence[Any]]


class RecordWriter:
    """Writes one record; made by `open`, used as a context, closed at its end.

    Attributes:
        path: The record's folder.
        done: Numbers of the segments that are complete on disk; they need not be made again.
    """

    def __init__(self, path: Path, lock: Lock, about: dict[str, Json]) -> None:
        self.path, self._lock, self._manifest = path, lock, about
        self.done = frozenset(segments.complete_segments(path))

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        plan_digest: str,
        plan_text: str,
        manifest: Mapping[str, Json],
        fresh: bool = False,
    ) -> RecordWriter:
        """Begin a record, or go on with the one of the same plan that lies there unfinished.

        Args:
            path: The record's folder; made if needed.
            plan_digest: What tells this plan from others.
            plan_text: The plan, as TOML.
            manifest: What is known before the first prediction; a resumed record keeps what it began with,
                and notes under `resumed` when it went on with other versions.
            fresh: Remove an earlier record of the same plan first.

        Raises:
            RecordError: the folder holds another plan's record, a complete one, or foreign files; or another
                process is writing there.
            IncompleteError: the disk is full.
        """
        root = Path(path)
        with atomic.no_room_explained(root, "no segments"):
            if root.exists() and not root.is_dir():
                raise RecordError("this is a file, not a folder", where=str(root), fix="Choose another --out")
            root.mkdir(parents=True, exist_ok=True)
            lock = Lock(root)
            try:
                return cls(root, lock, _begin(root, plan_digest, plan_text, manifest, fresh=fresh))
            except BaseException:
                lock.release()
                raise

    def write_segment(self, number: int, tables: Mapping[str, Columns]) -> None:
        """Write all tables of a segment; it counts when this returns, and not at all before.

        Args:
            number: Its number; segments of higher numbers hold higher positions.
            tables: Name -> column -> values, all tables and columns of `durometer.records.schema`; the rows
                may come in any order.

        Raises:
            IncompleteError: the disk is full.
            RecordError: a table doesn't fit its schema.
        """
        with atomic.no_room_explained(self.path, self._kept()):
            segments.write_segment(self.path, number, tables)
        self.done |= {number}

    def read_segment(self, number: int, table: str) -> dict[str, Any]:
        """Return a table of a segment that is done, as numpy columns."""
        found = [segments.read_part(path) for path in segments.parts(self.path, table, [number])]
        return decoded(found or [TABLES[table].empty_table()])

    def save_artifact(self, content: bytes, suffix: str = "") -> str:
        """Keep some bytes under their sha256 and return it.

        Args:
            content: A thumbnail, a found input, …
            suffix: Ending of the file: `".webp"`.
        """
        with atomic.no_room_explained(self.path, self._kept()):
            return artifacts.save(self.path, content, suffix)

    def finish(self, last: Mapping[str, Json]) -> None:
        """Join the segments to whole tables and mark the record as complete.

        Args:
            last: What is known only now; joined into the manifest, tables within tables.

        Raises:
            RecordError: a segment is missing, damaged or overlaps another.
            IncompleteError: the disk is full; the segments are kept, and finishing can be tried again.
        """
        numbers = sorted(self.done)
        if numbers != list(range(len(numbers))):
            missing = next(n for n in range(len(numbers)) if n not in self.done)
            raise RecordError(f"segment {missing} was never written", where=str(self.path))
        with atomic.no_room_explained(self.path, self._kept()):
            held = [
                name for name in TABLES if name not in OPTIONAL or segments.parts(self.path, name, numbers)
            ]
            found = {name: segments.compact(self.path, name, numbers) for name in held}
            self._manifest = merged(self._manifest, last) | {
                "complete": True,
                "digests": {name: found[name].digest for name in DIGESTED if name in found},
                "tables": {name: table._asdict() for name, table in found.items()},
            }
            write_manifest(self.path, self._manifest)
        segments.remove_segments(self.path)
        self.close()

    def close(self) -> None:
        """Let another process write here."""
        self._lock.release()

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _kept(self) -> str:
        return "1 segment" if len(self.done) == 1 else f"{len(self.done)} segments"


def _begin(
    root: Path, plan_digest: str, plan_text: str, first: Mapping[str, Json], *, fresh: bool
) -> dict[str, Json]:
    """Return the manifest to go on with; what stands in the way is an error, never removed."""
    about = None
    if (root / MANIFEST).exists():
        about = read_manifest(root)
        _refuse_other(root, about, plan_digest, fresh=fresh)
    else:
        _refuse_foreign(root)
    atomic.remove_parts(root)
    if about is None or fresh:
        about = {"schema": VERSION, "complete": False, **first, "plan_digest": plan_digest}
        # the manifest goes first: a folder with it is never taken for foreign, whenever the kill comes
        write_manifest(root, about)
        _remove(root)
    elif first.get("versions") != about.get("versions"):
        about["resumed"] = [*about.get("resumed", ()), {"versions": first.get("versions")}]
        write_manifest(root, about)
    if not (root / PLAN).exists():
        atomic.write_text(root / PLAN, plan_text)
    return about


def _refuse_other(root: Path, about: Mapping[str, Json], plan_digest: str, *, fresh: bool) -> None:
    if about.get("plan_digest") != plan_digest:
        raise RecordError(
            "this folder holds the record of another plan",
            where=str(root),
            fix="Choose another folder with --out, or remove this one",
        )
    if about.get("complete") and not fresh:
        raise RecordError(
            "this record is complete already", where=str(root), fix="Open it, or remove it to run again"
        )


def _refuse_foreign(root: Path) -> None:
    own = {LOCK, *(f".{name}{atomic.PART}" for name in (MANIFEST, PLAN))}
    foreign = sorted(entry.name for entry in root.iterdir() if entry.name not in own)
    if foreign:
        raise RecordError(
            f"this folder is not empty and holds no record (it has {foreign[0]!r})",
            where=str(root),
            fix="Choose an empty or a new folder with --out",
        )


def _remove(root: Path) -> None:
    """Remove the tables and pictures of an earlier record."""
    segments.remove_segments(root)
    shutil.rmtree(root / artifacts.FOLDER, ignore_errors=True)
    for name in (*(f"{table}.parquet" for table in TABLES), PLAN):
        (root / name).unlink(missing_ok=True)
