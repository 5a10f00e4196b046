"""`durometer ls`: what there is."""

from __future__ import annotations

import inspect
import json
from typing import Annotated

import typer

Row = tuple[str, str, str]
"""Kind, name, what it is."""


def ls(
    kind: Annotated[
        str, typer.Argument(help="conditions, suites, measures, models, data, masks, or all.")
    ] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List conditions, suites, measures, models, data and makers of masks, ours and those of plug-ins.

    Examples:

      durometer ls

      durometer ls conditions
    """
    from durometer.cli.registries import KINDS
    from durometer.core.errors import unknown_name

    if kind not in (*KINDS, "all"):
        raise unknown_name(kind, (*KINDS, "all"), kind="list")
    found = {k: _rows(k) for k in KINDS if kind in (k, "all")}
    if as_json:
        plain = [{"list": k, "kind": a, "name": b, "doc": c} for k, part in found.items() for a, b, c in part]
        print(json.dumps(plain, ensure_ascii=False))
        return
    for title, rows in found.items():
        print(title)
        width = max((len(name) for _, name, _ in rows), default=0)
        for _, name, doc in rows:
            print(f"  {name:{width}}  {doc}")


def _rows(kind: str) -> list[Row]:
    from durometer.cli.registries import first_line, registries

    if kind == "suites":
        from durometer.run import suites

        loaded = [suites.load(name) for name in suites.names()]
        return [("suite", suite.key, suite.doc) for suite in loaded]
    parts = {
        "conditions": ("stress", "attack", "search"),
        "measures": ("measure",),
        "models": ("model",),
        "data": ("data",),
        "masks": ("segmenter",),
    }
    rows = []
    for part in parts[kind]:
        for name, thing in registries()[part].working():
            rows.append((part, name, first_line(inspect.getdoc(thing))))
    if kind == "models":
        from durometer.models import zoo

        rows += [("zoo", name, zoo.describe(name)) for name in zoo.names()]
    return rows
