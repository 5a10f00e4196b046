"""A map from labels to outputs in a file: CSV, JSON, TOML, or one label a line."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from durometer.core import DataError
from durometer.data.images import read_bytes

Value = str | int | None | Sequence[str | int]
"""What a map says of a label: an output's index or name, several of them, or nothing (left out)."""
HEADERS = ("label", "labels", "data", "class", "name", "from", "folder")


def read_label_map(path: str | Path) -> dict[str, Value]:
    """Read what each label of the data means to the model.

    `.csv`, `.tsv`: label, then output (an index, a name, or several with `|` between; empty leaves it out).
    `.json`: label -> output, output -> label (a model's id2label), or a list of labels in the outputs' order.
    `.toml`: label = output, also under `[labels]`. Anything else: one label a line, in the outputs' order.

    Raises:
        DataError: if it can't be read as what its ending says.
    """
    path = Path(path)
    where = str(path)
    try:
        text = read_bytes(path, where=where).decode("utf-8-sig")
        return _read(path.suffix.lower(), text, where=where)
    except (UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError, csv.Error) as error:
        raise DataError(f"the map of labels can't be read ({error})", where=where) from error


def _read(kind: str, text: str, *, where: str) -> dict[str, Value]:
    if kind in (".csv", ".tsv"):
        return _rows(text, "\t" if kind == ".tsv" else ",", where=where)
    if kind == ".json":
        return _values(json.loads(text), where=where)
    if kind == ".toml":
        content = tomllib.loads(text)
        return _values(content.get("labels", content), where=where)
    return _values([line.strip() for line in text.splitlines() if line.strip()], where=where)


def _rows(text: str, delimiter: str, *, where: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].lower() in HEADERS and not cells[-1].isdecimal()):
            continue
        if len(cells) < 2:
            raise DataError(
                f"line {number} is not label{delimiter}output",
                where=where,
                fix="Quote labels that hold a comma",
            )
        parts = [part.strip() for part in cells[1].split("|")]
        _add(found, cells[0], parts if len(parts) > 1 else parts[0], where=where)
    return _some(found, where=where)


def _values(content: Any, *, where: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if isinstance(content, list) and all(isinstance(v, str) for v in content):
        for i, label in enumerate(content):
            _add(found, label, i, where=where)
        return _some(found, where=where)
    if not isinstance(content, Mapping) or not all(_is_value(v) for v in content.values()):
        raise DataError("this is not a map from labels to outputs", where=where)
    return _some({str(key): value for key, value in content.items()}, where=where)


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(v, str | int) for v in value)
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _add(found: dict[str, Value], label: str, value: Value, *, where: str) -> None:
    if label in found and found[label] != value:
        if isinstance(value, int):  # a list of labels may name two outputs alike, as ImageNet does twice
            before = found[label]
            found[label] = [*(before if isinstance(before, list) else [before]), value]
            return
        raise DataError(f"the label {label!r} is mapped twice, differently", where=where)
    found[label] = value


def _some(found: dict[str, Value], *, where: str) -> dict[str, Value]:
    if not found:
        raise DataError("the map of labels is empty", where=where)
    return found
