"""What was not measured, said once: one reason for many edits, or with many numbers, is one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from durometer.explain.findings import NotMeasured

Key = Callable[[NotMeasured], tuple[object, ...]]
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Gap:
    """One line: what it concerns, how many of how many (of each), why, and the way out."""

    what: tuple[str, ...]
    count: int
    of: int
    why: str
    fix: str


def grouped(gaps: Iterable[NotMeasured]) -> tuple[Gap, ...]:
    """Return the gaps with like ones joined, in the order of the first of each; every count is kept."""
    merged = [_merge(same) for same in _by(gaps, lambda g: (g.what, g.of, g.fix, NUMBER.sub("#", g.why)))]
    alike = _by(merged, lambda g: (g.count, g.of, g.why, g.fix))
    return tuple(
        Gap(tuple(g.what for g in same), same[0].count, same[0].of, same[0].why, same[0].fix)
        for same in alike
    )


def _by(gaps: Iterable[NotMeasured], key: Key) -> list[list[NotMeasured]]:
    found: dict[tuple[object, ...], list[NotMeasured]] = {}
    for g in gaps:
        found.setdefault(key(g), []).append(g)
    return list(found.values())


def _merge(same: Sequence[NotMeasured]) -> NotMeasured:
    """Reasons that differ in their numbers only become one: `5 to 12 % of the object …`."""
    first = same[0]
    columns = zip(*(NUMBER.findall(g.why) for g in same), strict=True)
    spans = iter([_span(column) for column in columns])
    why = NUMBER.sub(lambda _: next(spans), first.why)
    return NotMeasured(first.what, sum(g.count for g in same), first.of, why, first.fix)


def _span(numbers: Sequence[str]) -> str:
    low, high = min(numbers, key=float), max(numbers, key=float)
    return low if float(low) == float(high) else f"{low} to {high}"
