"""The first screen: what breaks it most, by how much, against what, what is missing, what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Estimate, Json
from durometer.explain.findings import Effect, ModelFigures, Summary
from durometer.explain.masking import Maskings
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Scale

ROWS = 9
"""Lines of the chart on the first screen, one less for each model; the section `drops` has all."""


@dataclass(frozen=True)
class Figures:
    """What stands beside a model's name: its own figures, its hardest edit and its mean drop."""

    model: ModelFigures
    hardest: Effect | None
    mean_drop: Estimate | None


@dataclass(frozen=True)
class Row:
    """One line of the chart: an edit or control, one effect a model (None: not measured)."""

    title: str
    role: str
    effects: tuple[Effect | None, ...]


class Verdict:
    """The claim and its evidence at a glance."""

    name: ClassVar[str] = "verdict"
    title: ClassVar[str] = "Verdict"
    place: ClassVar[int] = 10

    def holds(self, summary: Summary, /) -> bool:
        return True

    def html(self, summary: Summary, view: View, /) -> str:
        rows = chart_rows(summary)
        shown = shortlist(rows, most=max(4, ROWS - len(summary.models)))
        known = [e for row in rows for e in row.effects if e is not None]
        return render(
            "verdict", s=summary, at=view.at, figures=figures(summary), rows=shown,
            more=len(rows) - len(shown),
            models=[m.name for m in summary.models], scale=chart_scale(shown), gallery=view.gallery,
            warnings=warnings(summary), sizes=sizes(known),
            controlled=any(e.control_drop is not None for e in known),
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        parts = [f"**{md.safe(summary.headline.claim)}**", *map(md.safe, summary.headline.sentences)]
        parts += [f"**{md.safe(text)}**" for text in warnings(summary)]
        clean = f"clean {md.safe(summary.score) or 'accuracy'}"
        header = ("model", clean, "own view", "hardest edit", "mean drop, points")
        lines = [
            (md.safe(f.model.name), say.in_percent(f.model.canvas), say.in_percent(f.model.own_view),
             _hardest(f), say.in_points(f.mean_drop))
            for f in figures(summary)
        ]  # fmt: skip
        gap = summary.cells_asked - summary.cells_measured
        parts += [md.table(header, lines)] if lines else []
        parts.append(f"Not measured: {say.count(gap)} of {say.count(summary.cells_asked)} cells.")
        return "\n\n".join(parts)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {
            "headline": summary.headline, "models": summary.models, "mean_drop": summary.mean_drop,
            "ranks": summary.ranks, "cells_measured": summary.cells_measured,
            "cells_asked": summary.cells_asked, "warnings": warnings(summary),
        }  # fmt: skip


def warnings(summary: Summary) -> tuple[str, ...]:
    """Return why the figures of some models should not be believed as they stand."""
    masked = (one.warning for one in summary.more.get(Maskings.name, ()))
    return tuple(text for text in masked if text)


def figures(summary: Summary) -> tuple[Figures, ...]:
    """Return the figures of each model; its hardest edit is the first of the summary's order."""
    hardest: dict[str, Effect] = {}
    for e in summary.effects:
        if e.role == "edit":
            hardest.setdefault(e.model, e)
    return tuple(Figures(m, hardest.get(m.name), summary.mean_drop.get(m.name)) for m in summary.models)


def chart_rows(summary: Summary) -> tuple[Row, ...]:
    """Return one row a condition, in the order of the summary; diagnostics, no weakness, stay out."""
    found: dict[str, dict[str, Effect]] = {}
    for e in summary.effects:
        if e.role != "diagnostic":
            found.setdefault(e.condition, {})[e.model] = e
    names = [m.name for m in summary.models]
    return tuple(
        Row(first.title, first.role, tuple(by.get(name) for name in names))
        for by in found.values()
        for first in [next(iter(by.values()))]
    )


def shortlist(rows: tuple[Row, ...], *, most: int = ROWS) -> tuple[Row, ...]:
    """Return the first rows, with room kept for up to two controls."""
    controls = [r for r in rows if r.role == "control"][:2]
    edits = [r for r in rows if r.role == "edit"][: most - len(controls)]
    return tuple(r for r in rows if r in edits or r in controls)


def chart_scale(rows: tuple[Row, ...]) -> Scale:
    """Return the axis that holds every interval of these rows."""
    known = [e.drop for row in rows for e in row.effects if e is not None and say.measured(e.drop)]
    return Scale.around([edge for e in known for edge in (e.low, e.high)])


def _hardest(f: Figures) -> str:
    if f.hardest is None:
        return say.UNMEASURED
    return f"{say.in_percent(f.hardest.accuracy)}: {md.safe(f.hardest.title)}"


def sizes(effects: list[Effect]) -> str:
    """Return the n behind the drops: `n = 500`, or `n = 412 to 500`."""
    n = sorted({e.drop.n for e in effects}) or [0]
    return say.count(n[0]) if len(n) == 1 else f"{say.count(n[0])} to {say.count(n[-1])}"
