"""Where masks that were made come from: the file that stands beside them, and what a run says of it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from durometer.core import Json, Spec
from durometer.stats import bootstrap

FILE = "durometer-masks.json"
SCHEMA = 1
PARTS = ("method", "masks", "failed")


def read_provenance(folder: Path) -> dict[str, Json] | None:
    """Return what the file beside masks says, or None if there is none or it can't be understood."""
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or said.get("schema") != SCHEMA:
        return None
    if not all(isinstance(said.get(key), dict) for key in PARTS):
        return None
    entries = said["masks"].values()
    known = all(isinstance(e, dict) and isinstance(e.get("confidence"), float) for e in entries)
    return said if known else None


def summary(said: Mapping[str, Json], *, seed: int = 0) -> dict[str, Json]:
    """Return the figures of a provenance: counts, median confidence, and median IoU with its interval.

    The interval is a reflected bootstrap over masks at 95 %, drawn from the seed.
    """
    made = list(said["masks"].values())
    scores = [entry["iou"] for entry in made if "iou" in entry]
    found: dict[str, Json] = {"masks": len(made)}
    found |= {key: len(said[key]) for key in ("failed", "unscored", "kept")}
    if made:
        found["median_confidence"] = statistics.median(entry["confidence"] for entry in made)
    if scores:
        e = bootstrap((scores,), lambda values: float(np.median(values)), seed=seed)
        found["iou"] = {"median": e.value, "low": max(0.0, e.low), "high": min(1.0, e.high), "n": e.n}
    return found


def how_made(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return the sentence that a report owes its reader about masks of a folder, if they were made.

    Args:
        folder: Of the masks.
        names: Paths below it of those that are used.
    """
    if not (folder / FILE).exists():
        return ()
    said = read_provenance(folder)
    if said is None:
        return (f"{FILE} beside the masks can't be understood, so that how they were made is unknown.",)
    used = [name for name in names if name]
    made = [said["masks"][name] for name in used if name in said["masks"]]
    if not made:
        return ()
    return (_sentence(said, made, others=len(used) - len(made)),)


def _sentence(said: dict[str, Json], made: list[dict[str, Any]], *, others: int) -> str:
    method = said["method"]
    spec = Spec("segmenter", method.get("name", "?"), method.get("version", 1), method.get("params", {}))
    middle = statistics.median(entry["confidence"] for entry in made)
    text = (
        f"{len(made)} masks were made by {spec.label}, version {spec.version}, not drawn by people: "
        f"median confidence {middle:.2f}"
    )
    scored = [entry["iou"] for entry in made if "iou" in entry]
    if scored:
        text += f", median IoU with true masks {statistics.median(scored):.2f} (n = {len(scored)})"
    return text + (f"; {others} others are of unknown origin." if others else ".")
