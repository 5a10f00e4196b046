"""The manifest: what a record says of itself, at the start and at the end."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
from collections.abc import Sequence
from typing import TYPE_CHECKING

from durometer.core import Json
from durometer.core.params import values
from durometer.run.prepare import Options, Prepared
from durometer.run.subjects import Subject

if TYPE_CHECKING:
    from durometer.run.segment import Workbench

PACKAGES = ("durometer", "torch", "numpy", "scipy", "pillow", "pyarrow")


def first_manifest(prepared: Prepared, options: Options) -> dict[str, Json]:
    """Return what is known before the first prediction."""
    plan = prepared.plan
    titles = getattr(prepared.dataset, "titles", prepared.dataset.labels)
    return {
        "title": plan.title or _title(prepared),
        "command": options.command,
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "plan_digest": prepared.digest,
        "seed": plan.seed,
        "versions": versions(),
        "conditions": {c.key: c.json() for c in prepared.conditions},
        **({"designs": [d.json() for d in prepared.designs]} if prepared.designs else {}),
        "models": {
            s.name: {**_model(s, titles), **({"oracle": True} if told.oracle else {})}
            for s, told in zip(prepared.subjects, plan.models, strict=True)
        },
        "data": {
            "name": prepared.dataset.name,
            "n": len(prepared.positions),
            "of": len(prepared.dataset),
            "labels": list(titles),
            "masks": int(getattr(prepared.dataset, "mask_count", 0)),
            "guesses": list(prepared.guesses),
            "left_out": [list(entry) for entry in getattr(prepared.dataset, "left_out", ())],
        },
        **_scored(prepared),
        "canvas": values(prepared.canvas),
        "banks": {
            folder: {"digest": bank.digest, "n": len(bank.ids)} for folder, bank in prepared.banks.items()
        },
        "skipped": [s.json() for s in prepared.skipped],
    }


def last_manifest(prepared: Prepared, bench: Workbench, *, seconds: float) -> dict[str, Json]:
    """Return what is known only at the end: counts, fingerprint, what the models' own crops cut."""
    tally = bench.tally
    cuts = {name: total / count for name, (total, count) in tally.cuts.items() if count}
    return {
        "seconds": round(seconds, 3),
        "data": {
            "read": tally.read,
            "unread": tally.unread,
            "left_out_by_map": tally.left_out,
            "fingerprint": tally.fingerprint.digest(),
        },
        "models": {name: {"cut_share": round(cut, 6)} for name, cut in cuts.items()},
    }


def _scored(prepared: Prepared) -> dict[str, Json]:
    """Say what is asked and what a score is, where it isn't a class that is right or wrong."""
    task = prepared.subjects[0].task
    return {"task": task.name, "score": dict(task.graded)} if task.graded else {}


def _output_names(subject: Subject, titles: Sequence[str]) -> list[str]:
    """Name outputs as the model does, or as the data's labels where it only numbers them."""
    names = list(subject.match.names or subject.model.card.labels)
    for title, outputs in zip(titles, subject.match.accepted, strict=True):
        for k in outputs if len(outputs) == 1 else ():
            if k < len(names) and names[k] == str(k):
                names[k] = title
    return names


def _model(subject: Subject, titles: Sequence[str]) -> dict[str, Json]:
    card = subject.model.card
    among: tuple[int, ...] | None = getattr(subject.task, "among", None)
    guesses = [*card.guesses, *((subject.match.how,) if subject.match.how else ())]
    return {
        "digest": card.digest,
        "labels": _output_names(subject, titles),
        "among": None if among is None else list(among),
        "input": values(card.input),
        "output": card.output,
        "traits": sorted(card.traits),
        "guesses": guesses,
        "unmatched": list(subject.match.unmatched),
    }


def _title(prepared: Prepared) -> str:
    return f"{', '.join(s.name for s in prepared.subjects)} on {prepared.dataset.name}"


def versions() -> dict[str, str]:
    """Return the versions that a record keeps."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {**found, "python": platform.python_version(), "platform": platform.platform(terse=True)}
