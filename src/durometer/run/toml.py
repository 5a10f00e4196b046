"""Plans as TOML: read with the line of every mistake, written so that they can be read again."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from durometer.core import Json, PlanError, did_you_mean
from durometer.core.params import build
from durometer.run.plan import SCHEMA, CanvasPlan, ConditionPlan, DataPlan, DesignPlan, ModelPlan, Plan

TOP = {
    "schema",
    "title",
    "seed",
    "batch_size",
    "segment",
    "bank_size",
    "data",
    "canvas",
    "models",
    "conditions",
}
TOP |= {"suite", "designs"}
OWN = {"draws", "threat", "donors", "required"}
"""Keys of a condition that are not parameters of its stressor."""


def read(text: str, *, where: str) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan in a TOML text and the suites it names.

    Raises:
        PlanError: naming the line and, for an unknown key, the nearest known one.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"not valid TOML: {error}", where=where) from None
    _known(table, TOP, text, (), where)
    if table.get("schema") != SCHEMA:
        raise PlanError(
            f"schema = {table.get('schema')!r} is not {SCHEMA}", where=where, fix=f"Write schema = {SCHEMA}"
        )
    suites = table.get("suite", ())
    names = (suites,) if isinstance(suites, str) else tuple(suites)
    data = dict(table.get("data", {}))
    models = [
        _part(ModelPlan, dict(m), text, ("models", i), where) for i, m in enumerate(table.get("models", []))
    ]
    return Plan(
        models=tuple(models),
        data=_part(DataPlan, data, text, ("data",), where),
        canvas=_part(CanvasPlan, dict(table.get("canvas", {})), text, ("canvas",), where),
        conditions=tuple(
            condition(c, where=f"{where}, line {line_of(text, ('conditions', i))}")
            for i, c in enumerate(table.get("conditions", []))
        ),
        designs=tuple(
            design(d, where=f"{where}, line {line_of(text, ('designs', i))}")
            for i, d in enumerate(table.get("designs", []))
        ),
        **_scalars(table, where),
    ), names


def read_file(path: Path) -> tuple[Plan, tuple[str, ...]]:
    """Read a plan from a file; see `read`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanError(f"can't be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise PlanError(
            "is not a text file", where=str(path), fix="A plan is TOML; see durometer show plan"
        ) from None
    return read(text, where=path.name)


def condition(table: Mapping[str, Json], *, where: str, required: bool = True) -> ConditionPlan:
    """Return one condition from its table: exactly one of `stress`, `attack` and `search` names it."""
    kinds = [k for k in ("stress", "attack", "search") if k in table]
    if len(kinds) != 1:
        raise PlanError("a condition names exactly one of stress, attack and search", where=where)
    kind = kinds[0]
    params = {k: v for k, v in table.items() if k != kind and k not in OWN}
    own = {k: v for k, v in table.items() if k in OWN}
    name = table[kind]
    if not isinstance(name, str):
        raise PlanError(f"{kind} = {name!r} is not a name", where=where)
    own.setdefault("required", required)
    return build(
        ConditionPlan, {"kind": kind, "name": name, "params": params, "where": where, **own}, where=where
    )


def design(table: Mapping[str, Json], *, where: str, required: bool = True) -> DesignPlan:
    """Return one 2^k design from its table."""
    return build(DesignPlan, {"required": required, **table, "where": where}, where=where)


def _scalars(table: Mapping[str, Json], where: str) -> dict[str, Any]:
    names = ("title", "seed", "batch_size", "segment", "bank_size")
    given = {k: table[k] for k in names if k in table}
    checked = build(Plan, {"models": (), **given}, where=where)
    return {k: getattr(checked, k) for k in given}


def _part(cls: type[Any], table: dict[str, Json], text: str, path: tuple[str | int, ...], where: str) -> Any:
    _known(table, {f.name for f in fields(cls)}, text, path, where)
    return build(cls, table, where=f"{where}, line {line_of(text, path)}")


def _known(
    table: Mapping[str, Json], known: set[str], text: str, path: tuple[str | int, ...], where: str
) -> None:
    for key in table:
        if key not in known:
            line = line_of(text, (*path, key))
            fix = (did_you_mean(key, known) or f"Known are: {', '.join(sorted(known))}").rstrip(".")
            raise PlanError(f"unknown key {key!r}", where=f"{where}, line {line}", fix=fix)


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    """Return the line (from 1) where a key or table begins; `("conditions", 2, "share")` is in the third one.

    Good for plans as people write them: one table header or one key a line.
    """
    names = [part for part in path if isinstance(part, str)]
    index = next((part for part in path if isinstance(part, int)), 0)
    section, seen = "", {"": 0}
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header:
            section = header.group(1)
            seen[section] = seen.get(section, -1) + 1
        key = re.match(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[=.]", line)
        here = [part for part in (section, key.group(1) if key and not header else "") if part]
        if here == names and (len(names) == 1 or seen[section] == index) and seen.get(section, 0) >= index:
            return number
    return 1


def dumps(table: Mapping[str, Json]) -> str:
    """Return plain JSON-like data as TOML: scalars first, then tables, then arrays of tables."""
    lines = [f"{k} = {_value(v)}" for k, v in table.items() if not _nested(v)]
    for name, value in table.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{name}]", *(f"{k} = {_value(v)}" for k, v in value.items())]
        elif _nested(value):
            for item in value:
                lines += ["", f"[[{name}]]", *(f"{_key(k)} = {_value(v)}" for k, v in item.items())]
    return "\n".join(lines) + "\n"


def _nested(value: Json) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)
    )


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_escape(c) for c in value) + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    return repr(value)


def _escape(c: str) -> str:
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    if c in named:
        return named[c]
    return f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF else c
