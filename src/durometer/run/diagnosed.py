"""After a run with white-box attacks: can they be believed? The record's table `checks` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from durometer.attack.diagnosis import diagnose
from durometer.attack.diagnosis.evidence import BALLS
from durometer.core import Batch, Oracle
from durometer.records import Record
from durometer.records.added import add_table
from durometer.records.schema import TABLES
from durometer.run.attacked import viewed
from durometer.run.conditions import Condition
from durometer.run.load import Loaded, chunks, load
from durometer.run.prepare import Options, Prepared
from durometer.run.subjects import Subject
from durometer.tasks import Classification
from durometer.threat import Linf

TABLE = "checks"
FEWEST, MOST = 12, 32
"""Points; with a dozen, five that only one of two attacks breaks are still no chance."""
PASSES = 800
"""Passes that a point costs at most."""
SHARE = 0.25
"""Of what the plan's own attacks spent on a model, what the diagnosis may spend beyond its fewest points."""


def diagnosed(prepared: Prepared, record: Record, options: Options) -> Record:
    """Add the table `checks` to a finished record of white-box attacks on classifiers, unless it has one.

    Each model is diagnosed in the set of one condition: of the balls in L-infinity and L2 that are searched
    along gradients, the middle one by radius, in L-infinity where there is one. The points are spread evenly
    over the samples of the plan.

    Args:
        prepared: The plan that was run.
        record: What the run left.
        options: The device.
    """
    condition = searched_along_gradients(prepared)
    able = [
        s for s in prepared.subjects if "grad" in s.model.card.traits and isinstance(s.task, Classification)
    ]
    if condition is None or not able or TABLE in record.manifest.get("tables", {}):
        return record
    rows: list[Mapping[str, Any]] = []
    for subject in able:
        batch = _points(prepared, subject, condition, _allowed(record, subject))
        rows += _rows(prepared, subject, condition, batch.to(options.device)) if batch else []
    if not rows:
        return record
    return add_table(record, TABLE, {name: [row[name] for row in rows] for name in TABLES[TABLE].names})


def searched_along_gradients(prepared: Prepared) -> Condition | None:
    """Return the condition in whose set gradients are examined; None without a white-box attack."""
    white = [c for c in prepared.attacked if c.attack and "grad" in c.attack.needs]
    white = [c for c in white if type(c.threat) in BALLS]
    chosen = [c for c in white if isinstance(c.threat, Linf)] or white
    chosen.sort(key=lambda c: c.threat.epsilon if isinstance(c.threat, BALLS) else 0.0)
    return chosen[len(chosen) // 2] if chosen else None


def _allowed(record: Record, subject: Subject) -> int:
    """Return how many points may be asked about, by what the attacks themselves spent on the model."""
    rows = record.rows(["model", "condition", "facts"])
    about = record.manifest["conditions"]
    attacks = [key for key, words in about.items() if words["spec"]["kind"] == "attack"]
    at = (rows["model"] == subject.name) & np.isin(rows["condition"], attacks)
    facts = (json.loads(text) for text in rows["facts"][at])
    spent = sum(int(f.get("forwards") or 0) + int(f.get("backwards") or 0) for f in facts)
    return int(min(MOST, max(FEWEST, SHARE * spent / PASSES)))


def _points(prepared: Prepared, subject: Subject, condition: Condition, most: int) -> Batch | None:
    """Return some samples as the model sees them, of the canvas shape that most of them have."""
    every = prepared.positions
    chosen = [every[i] for i in sorted({round(k) for k in np.linspace(0, len(every) - 1, most)})]
    read = (load(prepared.dataset, position, prepared.canvas, [subject.task]) for position in chosen)
    loaded = [one for one in read if isinstance(one, Loaded)]
    if not loaded:
        return None
    largest = max(chunks(loaded, most), key=lambda chunk: len(chunk.batch))
    batch = viewed(subject.model, largest.batch, masks="mask" in condition.needs)
    kept = [i for i in range(len(batch)) if i not in batch.refused]
    return batch.select(kept) if kept else None


def _rows(
    prepared: Prepared, subject: Subject, condition: Condition, batch: Batch
) -> list[Mapping[str, Any]]:
    oracle = Oracle(subject.model, subject.task, batch_size=min(prepared.plan.batch_size, len(batch)))
    assert condition.threat is not None
    found = diagnose(oracle, batch, condition.threat, seed=prepared.plan.seed)
    return [
        {
            "model": subject.name, "condition": condition.key, "check": one.check, "verdict": one.verdict,
            "value": one.value, "limit": one.limit, "sentence": one.sentence, "points": len(batch),
            "forwards": oracle.forwards, "backwards": oracle.backwards,
        }
        for one in found
    ]  # fmt: skip
