"""The reader: a record, complete or still growing, as numpy columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from durometer.core import Json, RecordError, did_you_mean
from durometer.records import artifacts, segments
from durometer.records.columns import Array, decoded, matching
from durometer.records.digest import TableDigest
from durometer.records.manifest import read_manifest
from durometer.records.schema import OPTIONAL, TABLES
from durometer.records.writer import PLAN


@dataclass(frozen=True)
class Record:
    """What a run left in a folder.

    Attributes:
        path: The folder.
        manifest: What the record says of itself; see `docs/record.md`.
    """

    path: Path
    manifest: dict[str, Json]

    @classmethod
    def open(cls, path: Path | str) -> Record:
        """Open a record; one that is not finished is read as far as its segments are complete.

        Raises:
            RecordError: there is no record, it is damaged, or a newer durometer wrote it.
        """
        root = Path(path)
        record = cls(root, read_manifest(root))
        if record.complete:
            for name in record.manifest.get("tables", TABLES):
                if not (root / f"{name}.parquet").is_file():
                    raise RecordError(
                        "this part of the record is missing", where=str(root / f"{name}.parquet")
                    )
        return record

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return bool(self.manifest.get("complete"))

    @property
    def plan_text(self) -> str:
        """The plan as it was run, as TOML."""
        try:
            return (self.path / PLAN).read_text(encoding="utf-8")
        except OSError as error:
            raise RecordError("the plan is missing", where=str(self.path / PLAN)) from error

    def rows(
        self, columns: Sequence[str] | None = None, *, where: Mapping[str, str] | None = None
    ) -> dict[str, Array]:
        """Return the predictions, sorted by (position, model, condition, draw); see `table`."""
        return self.table("rows", columns, where=where)

    def table(
        self, name: str, columns: Sequence[str] | None = None, *, where: Mapping[str, str] | None = None
    ) -> dict[str, Array]:
        """Return a table's columns, all of one length.

        Args:
            name: `rows`, `outputs`, `samples`, `unread`, `pictures`, or one that may be empty: `searches`,
                `attributions`.
            columns: Which to read; all if None. Those not named cost nothing.
            where: Text column -> the text that it must hold: `{"condition": key, "model": "net"}`.

        Returns:
            Text as object arrays of `str`, lists as object arrays of numpy arrays, absent numbers as NaN.

        Raises:
            RecordError: an unknown table or column, or a damaged file; names it.
        """
        wanted, where = self._checked(name, columns), dict(where or {})
        for column in self._checked(name, list(where)):
            if not pa.types.is_string(TABLES[name].field(column).type):
                raise RecordError(f"{column!r} holds no text to select by", where=f"table {name!r}")
        read = list(dict.fromkeys([*wanted, *where]))
        found = [matching(piece, where).select(wanted) for piece in self._pieces(name, read)]
        return decoded(found or [TABLES[name].empty_table().select(wanted)])

    def artifact(self, sha: str) -> bytes:
        """Return the bytes kept under this sha256.

        Raises:
            RecordError: there are none, or they are damaged.
        """
        return artifacts.load(self.path, sha)

    def verify(self) -> None:
        """Compute the digests of all tables again and compare them with the manifest's.

        Raises:
            RecordError: a table is not what was written; names the file. A record that is not complete has
                no digests yet.
        """
        if not self.complete:
            raise RecordError("a record that is not complete has no digests", where=str(self.path))
        for name in self.manifest["tables"]:
            digest = TableDigest(TABLES[name])
            for piece in segments.pieces(self.path / f"{name}.parquet"):
                digest.add(piece)
            if digest.hex() != self.manifest["tables"][name]["digest"]:
                raise RecordError(
                    "this table is not what the run wrote", where=str(self.path / f"{name}.parquet")
                )

    def _checked(self, name: str, columns: Sequence[str] | None) -> list[str]:
        if name not in TABLES:
            raise RecordError(f"a record has no table {name!r}", fix=f"Its tables are {', '.join(TABLES)}")
        known = TABLES[name].names
        for column in columns or ():
            if column not in known:
                hint = did_you_mean(column, known) or f"Its columns are {', '.join(known)}"
                raise RecordError(f"has no column {column!r}", where=f"table {name!r}", fix=hint.rstrip("."))
        return list(known if columns is None else dict.fromkeys(columns))

    def _pieces(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        texts = [c for c in columns if pa.types.is_string(TABLES[name].field(c).type)]
        if self.complete:
            whole = self.path / f"{name}.parquet"
            files = [whole] if name not in OPTIONAL or whole.exists() else []
        else:
            files = segments.parts(self.path, name, segments.complete_segments(self.path))
        for file in files:
            yield from segments.pieces(file, columns, encoded=texts)
