"""Can its confidence be believed: calibration before and after, and the share of confident mistakes."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Calibration, Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

DRAWN = 6
"""Diagrams on the page; the table has all."""


class Trust:
    """Calibration."""

    name: ClassVar[str] = "trust"
    title: ClassVar[str] = "Trust"
    place: ClassVar[int] = 80

    def holds(self, summary: Summary, /) -> bool:
        return bool(summary.calibrations)

    def html(self, summary: Summary, view: View, /) -> str:
        return render(
            "trust",
            all=summary.calibrations,
            drawn=drawn(summary),
            at=view.at,
            several=len(summary.models) > 1,
        )

    def markdown(self, summary: Summary, /) -> str:
        header = (
            "condition",
            "model",
            "calibration error, points",
            "expected if perfect",
            "confident mistakes",
        )
        rows = [
            (md.safe(c.title), md.safe(c.model), f"{say.in_points(c.ece)}, {say.people(c.ece)}",
             say.points(c.expected), say.in_percent(c.confident_mistakes))
            for c in summary.calibrations
        ]  # fmt: skip
        return md.table(header, rows)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"calibrations": summary.calibrations}


def drawn(summary: Summary) -> list[Calibration]:
    """Return, for each model, the unedited canvas and then the conditions furthest above what is expected."""
    edits = {e.condition for e in summary.effects}
    result = []
    each = max(2, DRAWN // max(1, len(summary.models)))
    for m in summary.models[: DRAWN // 2]:
        held = [c for c in summary.calibrations if c.model == m.name and c.bins]
        before = [c for c in held if c.condition not in edits][:1]
        after = sorted((c for c in held if c.condition in edits), key=lambda c: c.expected - c.ece.value)
        result += before + after[: each - len(before)]
    return result
