"""`durometer show`: everything about one name."""

from __future__ import annotations

import inspect
import json
from typing import Annotated, Any

import typer


def show(
    name: Annotated[str, typer.Argument(help="A condition, suite, measure, threat, reader or loader.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show the docstring, the parameters with units and ranges, and the source of one name.

    Examples:

      durometer show size

      durometer show attributes
    """
    from durometer.cli.registries import registries
    from durometer.core.errors import unknown_name
    from durometer.run import suites

    found = [(kind, registry) for kind, registry in registries().items() if name in registry]
    if found:
        about = _about(found[0][0], name, found[0][1])
    elif name.partition("@")[0] in suites.names():
        about = _about_suite(name)
    else:
        known = [n for registry in registries().values() for n in registry.names()]
        raise unknown_name(name, [*known, *suites.names()], kind="thing")
    print(json.dumps(about, ensure_ascii=False, default=str) if as_json else _text(about))


def _about(kind: str, name: str, registry: Any) -> dict[str, Any]:
    from durometer.core.params import parameters

    thing = registry.get(name)
    listed = [
        {
            "name": p.name, "type": p.kind, "default": None if p.required else p.default,
            "required": p.required, "unit": p.info.unit, "low": p.info.low, "high": p.info.high,
            "doc": p.info.doc,
        }
        for p in parameters(thing)
    ]  # fmt: skip
    facts = {
        k: getattr(thing, k)
        for k in ("control", "needs", "keeps_label", "better", "unit")
        if hasattr(thing, k)
    }
    return {
        "kind": kind, "name": name, "version": getattr(thing, "version", 1), "from": registry.origin(name),
        "doc": inspect.getdoc(thing) or "", "parameters": listed, "facts": facts,
        "source": getattr(thing, "source", ""), "file": inspect.getsourcefile(thing) or "",
    }  # fmt: skip


def _about_suite(name: str) -> dict[str, Any]:
    from durometer.run import suites

    suite = suites.load(name)
    given = ({**c.params, **({"threat": dict(c.threat)} if c.threat else {})} for c in suite.conditions)
    lines = [f"{c.kind} {c.name} {g or ''}".strip() for c, g in zip(suite.conditions, given, strict=True)]
    return {
        "kind": "suite",
        "name": suite.key,
        "version": suite.version,
        "doc": suite.doc,
        "conditions": lines,
    }


def _text(about: dict[str, Any]) -> str:
    lines = [f"{about['name']}  ({about['kind']}, version {about['version']})", "", about["doc"], ""]
    for p in about.get("parameters", []):
        lines.append(_parameter(p))
    for fact, value in about.get("facts", {}).items():
        if value not in (None, "", frozenset()):
            shown = ", ".join(sorted(value)) if isinstance(value, frozenset) else value
            lines.append(f"  {fact.replace('_', ' ')}: {shown}")
    lines += [f"  {line}" for line in about.get("conditions", [])]
    if about.get("source"):
        lines += ["", f"source: {_reference(about['source'])}"]
    return "\n".join(lines).rstrip()


def _parameter(p: dict[str, Any]) -> str:
    span = "" if p["low"] is None and p["high"] is None else f", {_end(p['low'])} to {_end(p['high'])}"
    unit = f" {p['unit']}" if p["unit"] else ""
    default = "must be given" if p["required"] else f"default {p['default']!r}"
    return f"  {p['name']}: {p['doc']} ({p['type']}{span}{unit}; {default})"


def _end(value: float | None) -> str:
    return "…" if value is None else f"{value:g}"


def _reference(key: str) -> str:
    from durometer.core.references import references

    entry = references().get(key)
    return f"{entry} [{key}]" if entry else key
