"""Failure points: how many samples outlast how severe an edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from durometer.core import Json
from durometer.explain.failures import FailurePoints, Failures
from durometer.explain.findings import Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Steps

DIRECT = 4
"""Up to this many models are named at the end of their lines."""
HEADER = (
    "axis", "model", "half have failed by", "survived on average", "n", "failed", "censored", "wrong before",
    "not searched", "weakest axis",
)  # fmt: skip
NEVER = "not reached"


class Lasting:
    """One survival curve a search along an axis, a line a model, and a table of medians."""

    name: ClassVar[str] = "failures"
    title: ClassVar[str] = "Failure points"
    place: ClassVar[int] = 32

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        found, models = _found(summary), [m.name for m in summary.models]
        panels: dict[str, list[FailurePoints]] = {}
        for f in found:
            panels.setdefault(f.condition, []).append(f)
        return render(
            "failures", found=found, panels=list(panels.values()), at=view.at, models=models, lines=_lines,
            median=median, weakest=weakest, names=1 < len(models) <= DIRECT,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        return md.table(HEADER, [_row(f) for f in _found(summary)])

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {Failures.name: _found(summary)}


def median(f: FailurePoints) -> str:
    """Return the median with its interval, mild end first: `0.021 (0.018 to 0.026)`."""
    if f.median is None and f.median_low is None:
        return NEVER
    low, high = (NEVER if v is None else say.number(v) for v in (f.median_low, f.median_high))
    value = NEVER if f.median is None else say.number(f.median)
    return f"{value} ({low} to {high})"


def weakest(f: FailurePoints) -> str:
    """Return how often each axis was the first to fail: `blur 12, rotate 3`."""
    return ", ".join(f"{name} {say.count(n)}" for name, n in f.weakest.items())


def _lines(panel: Sequence[FailurePoints]) -> tuple[Steps, ...]:
    return tuple(Steps(f.model, f.points) for f in panel)


def _row(f: FailurePoints) -> tuple[str, ...]:
    return (
        f"{md.safe(f.title)}, {md.safe(f.unit)}", md.safe(f.model), median(f), say.in_percent(f.area),
        say.count(f.n), say.count(f.failed), say.count(f.censored), say.count(f.wrong_before),
        say.count(f.not_searched), md.safe(weakest(f)),
    )  # fmt: skip


def _found(summary: Summary) -> tuple[FailurePoints, ...]:
    return summary.more.get(Failures.name, ())
