"""Findings as plain JSON: shares from 0 to 1; what was not measured is absent and named, never null or 0."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass

from durometer.core import Estimate, Json
from durometer.explain.findings import Comparison, Summary
from durometer.report import say
from durometer.report.section import present

SCHEMA = 1
UNMEASURED = "unmeasured"


def data(summary: Summary) -> dict[str, Json]:
    """Return a report as one JSON object: `schema`, `title`, and what each section holds."""
    parts = {section.name: plain(section.data(summary)) for section in present(summary)}
    return {"schema": SCHEMA, "title": summary.title, **parts}


def comparison_data(found: Comparison) -> dict[str, Json]:
    """Return a comparison as one JSON object."""
    return {"schema": SCHEMA, **plain(found)}


def text(value: Json) -> str:
    """Return JSON for a file; a NaN that got this far is an error, not a null."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: object) -> Json:
    """Return a finding as plain JSON.

    A field that is None or not finite is left out and its name listed under `unmeasured`, as are the value
    and the interval of an estimate with nothing behind it. In a list, which can't leave a place out, the
    word `"unmeasured"` stands instead.
    """
    if isinstance(value, Estimate) and not say.measured(value):
        return {"n": value.n, "level": value.level, UNMEASURED: ["value", "low", "high"]}
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return _object(pairs, absent=lambda v: v is None or _not_finite(v))
    if isinstance(value, Mapping):
        return _object(((str(k), v) for k, v in value.items()), absent=_not_finite)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [UNMEASURED if v is None or _not_finite(v) else plain(v) for v in value]
    return value


def _not_finite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _object(pairs: Iterable[tuple[str, object]], *, absent: Callable[[object], bool]) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    left: list[Json] = []
    for name, value in pairs:
        if absent(value):
            left.append(name)
        else:
            kept[name] = plain(value)
    return {**kept, UNMEASURED: left} if left else kept
