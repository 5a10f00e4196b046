"""A record of answers that were not made by a plan: captions, questions, whatever gives rows."""

from __future__ import annotations

import datetime
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from durometer.core import Json, canonical_json
from durometer.records import Record, RecordWriter
from durometer.run.conditions import Condition
from durometer.run.finish import versions
from durometer.run.plan import SCHEMA
from durometer.run.tables import OUTPUTS, PICTURES, ROWS, SAMPLES, UNREAD, Row, columns
from durometer.run.toml import dumps


@dataclass(frozen=True)
class Sheet:
    """What a record says of itself beside its rows.

    Attributes:
        title: For the report.
        plan: What was asked for, as plain JSON: scalars, and tables of scalars; it goes into the digest.
        conditions: The reference first; its key is `CANVAS.key`.
        models: Name -> what the manifest says of a model: `digest`, `labels`, …
        data: `name`, `n`, `of`, …
        score: `{"name": "reciprocal rank", "mean": "MRR", "right": 1.0}` where a score is not right or wrong:
            what it is, what its mean is called, and from where on an answer counts as right.
        seed: Of the dice.
    """

    title: str
    plan: Mapping[str, Json]
    conditions: Sequence[Condition]
    models: Mapping[str, Mapping[str, Json]]
    data: Mapping[str, Json]
    score: Mapping[str, Json] = field(default_factory=dict)
    seed: int = 0

    @property
    def digest(self) -> str:
        """What tells this record's plan from others."""
        said = canonical_json([dict(self.plan), self.models, self.data, self.seed])
        return hashlib.sha256(said.encode()).hexdigest()

    def manifest(self) -> dict[str, Json]:
        """Return the manifest as it is before the first row."""
        return {
            "title": self.title,
            "command": "",
            "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "seed": self.seed,
            "versions": versions(),
            "conditions": {c.key: c.json() for c in self.conditions},
            "models": {name: dict(words) for name, words in self.models.items()},
            "data": dict(self.data),
            **({"score": dict(self.score)} if self.score else {}),
            "skipped": [],
        }


@dataclass
class Tables:
    """The rows of a record while they are made."""

    samples: list[Row] = field(default_factory=list)
    unread: list[Row] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    outputs: list[Row] = field(default_factory=list)


def finished(out: Path | str, digest: str) -> Record | None:
    """Return the record that lies there if it is complete and of this plan."""
    if not (Path(out) / "manifest.json").exists():
        return None
    record = Record.open(out)
    return record if record.complete and record.manifest.get("plan_digest") == digest else None


def write(out: Path | str, sheet: Sheet, tables: Tables, *, began: float, fresh: bool = False) -> Record:
    """Write a whole record at once.

    Args:
        out: Its folder; another plan's record there is an error.
        sheet: What it says of itself.
        tables: Its rows.
        began: `time.monotonic()` when the work began.
        fresh: Remove an earlier record of the same plan first.
    """
    plan = dumps({"schema": SCHEMA, "title": sheet.title, "seed": sheet.seed, **sheet.plan})
    with RecordWriter.open(
        out, plan_digest=sheet.digest, plan_text=plan, manifest=sheet.manifest(), fresh=fresh
    ) as writer:
        if 0 not in writer.done:
            writer.write_segment(0, {
                "samples": columns(tables.samples, SAMPLES), "unread": columns(tables.unread, UNREAD),
                "pictures": columns([], PICTURES), "outputs": columns(tables.outputs, OUTPUTS),
                "rows": columns(tables.rows, ROWS),
            })  # fmt: skip
        counts = {"read": len(tables.samples), "unread": len(tables.unread), "left_out_by_map": 0}
        writer.finish({"seconds": round(time.monotonic() - began, 3), "data": counts})
    return Record.open(out)


def text_hash(text: str) -> str:
    """Return the first 32 hexadecimal digits of a text's sha256: what stands under `pixels` for a caption."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
