"""The data sheet beside a model file, so that `--input` is said once: `net.onnx.durometer.toml`."""

from __future__ import annotations

import errno
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from durometer.core import UsageError, did_you_mean
from durometer.models.inputs import read_input

ENDING = ".durometer.toml"
KEYS = ("schema", "output", "labels", "input")
OUTPUTS = ("logits", "probabilities")


@dataclass(frozen=True)
class Sheet:
    """What was said of a model once: fields of its `InputSpec`, the kind of output, the labels."""

    input: Mapping[str, Any] = field(default_factory=dict)
    output: str | None = None
    labels: tuple[str, ...] | None = None


def sheet_path(model: Path) -> Path:
    """Return where the data sheet of a model file lies."""
    return model.with_name(model.name + ENDING)


def read_sheet(model: Path) -> Sheet:
    """Return the data sheet beside a model file; an empty one if there is none.

    Raises:
        UsageError: if it can't be read; names the file and the key.
    """
    path = sheet_path(model)
    if not path.is_file():
        return Sheet()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"the data sheet can't be read ({error})", where=str(path)) from error
    return _sheet(table, str(path))


def write_sheet(model: Path, sheet: Sheet) -> str:
    """Write the data sheet beside a model file; return why not if that is not possible, else nothing.

    A folder that is marked read-only is left alone, also by root.
    """
    text = _text(model.name, sheet)
    path = sheet_path(model)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        if not path.parent.stat().st_mode & 0o222:
            raise PermissionError(errno.EACCES, "the folder is read-only")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return f"The data sheet {path.name} could not be kept beside the model ({reason}): say --input again"
    return ""


def _sheet(table: Mapping[str, Any], where: str) -> Sheet:
    for key in table:
        if key not in KEYS:
            raise UsageError(f"unknown key {key!r}", where=where, fix=did_you_mean(key, KEYS).rstrip("."))
    output, labels, said = table.get("output"), table.get("labels"), table.get("input", {})
    if table.get("schema", 1) != 1:
        raise UsageError("the data sheet is of a newer durometer", where=where, fix="Update durometer")
    if output is not None and output not in OUTPUTS:
        raise UsageError(f"output = {output!r} can't be", where=where, fix="Give logits or probabilities")
    if not isinstance(said, Mapping):
        raise UsageError("input is not a table", where=where, fix="Write [input] above its keys")
    if labels is not None and not (isinstance(labels, list) and all(isinstance(v, str) for v in labels)):
        raise UsageError("labels is not a list of texts", where=where)
    return Sheet(read_input(said, where=where), output, None if labels is None else tuple(labels))


def _text(name: str, sheet: Sheet) -> str:
    lines = [
        f"# How durometer shows images to {_plain(name)}. Edit freely; options of a command go before it.",
        "schema = 1",
    ]
    if sheet.output:
        lines.append(f"output = {_toml(sheet.output)}")
    if sheet.labels is not None:
        lines += ["labels = [", *(f"  {_toml(label)}," for label in sheet.labels), "]"]
    return "\n".join([*lines, "", "[input]", *_input(dict(sheet.input)), ""])


def _input(said: dict[str, Any]) -> list[str]:
    low, high = said.pop("low", None), said.pop("high", None)
    if low is not None and high is not None:
        said["range"] = (low, high)
    return [f"{key} = {_toml('canvas' if value is None else value)}" for key, value in said.items()]


def _toml(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(v) for v in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _plain(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)
