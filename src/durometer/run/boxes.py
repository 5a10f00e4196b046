"""Boxes for the pictures of a folder: a CSV or JSON file that says where each object lies."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path

from durometer.core import DataError

Box = tuple[float, float, float, float]
COLUMNS = ("file", "left", "top", "right", "bottom")
FIX = f'Give a CSV with the columns {",".join(COLUMNS)}, or JSON such as {{"a/dog.jpg": [10, 20, 200, 180]}}'


def read_boxes(path: Path) -> dict[str, Box]:
    """Return the box of each picture by its path below the folder: left, top, right, bottom in its own
    pixels.

    Raises:
        DataError: if the file can't be read, or a box is none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "there is no such file" if not path.exists() else "the file can't be read as text"
        raise DataError(reason, where=str(path), fix=FIX) from error
    found = _json(text, path) if path.suffix.lower() == ".json" else _csv(text, path)
    return {name: _box(values, where=f"{path}, {name}") for name, values in found.items()}


def _json(text: str, path: Path) -> Mapping[str, object]:
    try:
        said = json.loads(text)
    except ValueError as error:
        raise DataError(f"this is not JSON ({error})", where=str(path), fix=FIX) from error
    if not isinstance(said, dict):
        raise DataError("this is not a map from files to boxes", where=str(path), fix=FIX)
    return said


def _csv(text: str, path: Path) -> Mapping[str, object]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise DataError(f"there is no column {missing[0]!r}", where=str(path), fix=FIX)
    return {row["file"]: [row[name] for name in COLUMNS[1:]] for row in rows}


def _box(values: object, *, where: str) -> Box:
    try:
        left, top, right, bottom = (float(v) for v in values)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise DataError(f"{values!r} is not a box of four numbers", where=where, fix=FIX) from None
    if not (all(map(math.isfinite, (left, top, right, bottom))) and left < right and top < bottom):
        raise DataError(
            f"the box {values!r} holds nothing", where=where, fix="Left below right, top below bottom"
        )
    return left, top, right, bottom
