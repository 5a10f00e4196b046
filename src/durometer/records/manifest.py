"""The manifest: what a record says of itself, read with suspicion and written whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from durometer.core import Json, RecordError
from durometer.records import atomic
from durometer.records.schema import VERSION

NAME = "manifest.json"


def read_manifest(root: Path) -> dict[str, Json]:
    """Return a record's manifest.

    Raises:
        RecordError: there is none, it is damaged, or a newer durometer wrote it.
    """
    path = root / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RecordError(
            "there is no record here", where=str(root), fix="Give a folder that `durometer run` wrote"
        ) from error
    except (OSError, ValueError) as error:
        raise RecordError(f"the manifest is damaged ({error})", where=str(path)) from error
    if not isinstance(found, dict) or not isinstance(found.get("schema"), int):
        raise RecordError("this is not the manifest of a record", where=str(path))
    if found["schema"] > VERSION:
        raise RecordError(
            f"a newer durometer wrote this record (schema {found['schema']}; this one reads up to {VERSION})",
            where=str(root),
            fix="Update durometer",
        )
    return found


def write_manifest(root: Path, content: Mapping[str, Json]) -> None:
    """Write the manifest, whole or not at all."""
    atomic.write_text(root / NAME, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def merged(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    """Return `old` with the values of `new`, tables within tables joined."""
    result: dict[str, Any] = dict(old)
    for key, value in new.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result
