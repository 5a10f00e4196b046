"""The engine: plan -> record, segment by segment, resumable at any moment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from durometer.core import DataError, ExtensionError, IncompleteError, ModelError
from durometer.records import Record, RecordWriter
from durometer.run.diagnosed import diagnosed
from durometer.run.finish import first_manifest, last_manifest
from durometer.run.plan import Plan, as_json
from durometer.run.prepare import Options, Prepared, prepare
from durometer.run.progress import Listener, Progress, silent
from durometer.run.segment import Workbench
from durometer.run.toml import dumps


def run(
    plan: Plan,
    out: Path | str,
    *,
    suites: Sequence[str] = (),
    options: Options | None = None,
    listener: Listener = silent,
    fresh: bool = False,
) -> Record:
    """Run a plan and return its record; running the same plan again resumes it.

    Args:
        plan: What to run.
        out: The record's folder. Another plan's record there is an error, never overwritten.
        suites: Suites whose conditions are added; what can't be met of them is skipped and counted.
        options: Workers, device, what is allowed.
        listener: Told where the run stands, about once a segment.
        fresh: Start again although there is a record of this plan.

    Raises:
        PlanError, DataError, ModelError, RecordError: before the first prediction.
        IncompleteError: something stopped it half way; what was computed is kept.
    """
    options = options or Options()
    return execute(prepare(plan, suites, options), Path(out), options=options, listener=listener, fresh=fresh)


def execute(
    prepared: Prepared, out: Path, *, options: Options, listener: Listener = silent, fresh: bool = False
) -> Record:
    """Run what is prepared; see `run`."""
    if not fresh and _is_complete(out, prepared.digest):
        return diagnosed(prepared, Record.open(out), options)
    manifest = first_manifest(prepared, options)
    plan_text = dumps(as_json(prepared.plan))
    started = time.monotonic()
    with RecordWriter.open(
        out, plan_digest=prepared.digest, plan_text=plan_text, manifest=manifest, fresh=fresh
    ) as writer:
        bench = Workbench(prepared, writer, options)
        with _kept(writer):
            done = _segments(prepared, bench, writer, listener)
        if done == 0:
            raise DataError(
                "not one sample could be read",
                where=prepared.dataset.name,
                fix="See unread in the record's folder",
            )
        listener(Progress("finish", len(prepared.positions), len(prepared.positions)))
        writer.finish(last_manifest(prepared, bench, seconds=time.monotonic() - started))
    return diagnosed(prepared, Record.open(out), options)


def _segments(prepared: Prepared, bench: Workbench, writer: RecordWriter, listener: Listener) -> int:
    """Run the segments that are not there yet; return how many samples were read, resumed ones included."""
    total, resumed = len(prepared.positions), 0
    for number, positions in _numbered(prepared):
        if number in writer.done:
            resumed += len(positions)
            bench.recall(number)
        else:
            bench.segment(number, positions)
        done = min(total, (number + 1) * prepared.plan.segment)
        listener(Progress("run", done, total, resumed, bench.tally.unread))
        _stop_if_too_many(prepared, bench)
    return bench.tally.read


@contextlib.contextmanager
def _kept(writer: RecordWriter) -> Iterator[None]:
    """Say what is kept when a model or an extension fails half way."""
    try:
        yield
    except (ModelError, ExtensionError) as error:
        raise IncompleteError(
            f"{error.what}; {len(writer.done)} segments of the run are kept",
            where=error.where,
            fix=error.fix or "Mend it and run the same command again to go on",
        ) from error


def _numbered(prepared: Prepared) -> Iterator[tuple[int, Sequence[int]]]:
    size = prepared.plan.segment
    for number, start in enumerate(range(0, len(prepared.positions), size)):
        yield number, prepared.positions[start : start + size]


def _stop_if_too_many(prepared: Prepared, bench: Workbench) -> None:
    unread, share = bench.tally.unread, prepared.plan.data.max_unread
    if unread > share * len(prepared.positions):
        raise IncompleteError(
            f"{unread} samples could not be read, more than the allowed share of {share:g}; "
            f"the first: {bench.tally.first_unread}",
            where=prepared.dataset.name,
            fix="Mend or remove them, or allow more with --max-unread",
        )


def _is_complete(out: Path, digest: str) -> bool:
    if not (out / "manifest.json").exists():
        return False
    record = Record.open(out)
    return record.complete and record.manifest.get("plan_digest") == digest
