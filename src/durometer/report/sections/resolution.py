"""Low resolution: accuracy and what is left of it, by short side, one panel a model."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Estimate, Json
from durometer.explain.findings import Summary
from durometer.explain.resolution import AtSide, ResolutionCurve, Resolutions
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Line

UNMEASURED = Estimate(0.0, 0.0, 1.0, 0)
"""The level of a ratio: there is none to draw."""
SEEN = 0.005
"""Lines nearer than this are one on the page."""
COLUMNS = ("model", "short side", "accuracy", "γ", "Γ (experimental)", "n")


class ResolutionSection:
    """A chart and a table of each model."""

    name: ClassVar[str] = "resolution"
    title: ClassVar[str] = "Resolution"
    place: ClassVar[int] = 35

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        panels = [(title_of(c, summary), c, lines_of(c)) for c in _found(summary)]
        return render("resolution", panels=panels, at=view.at, ratio=ratio, share=share)

    def markdown(self, summary: Summary, /) -> str:
        rows = [row for curve in _found(summary) for row in rows_of(curve)]
        return md.table(COLUMNS, rows)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"curves": _found(summary)}


def _found(summary: Summary) -> tuple[ResolutionCurve, ...]:
    return summary.more.get(Resolutions.name, ())


def title_of(curve: ResolutionCurve, summary: Summary) -> str:
    """Return a model's name, with the filter where the record holds two."""
    several = len({c.filter for c in _found(summary)}) > 1
    return f"{curve.model}, {curve.filter}" if several else curve.model


def lines_of(curve: ResolutionCurve) -> tuple[Line, ...]:
    """Return accuracy and γ as lines of a chart, and Γ where it can be told from γ."""

    def line(name: str, part: str, level: Estimate) -> Line:
        points = tuple((float(p.side), getattr(p, part)) for p in curve.points)
        return Line(name, points, level)

    drawn = (line("accuracy", "accuracy", curve.full), line("γ", "relative", UNMEASURED))
    apart = any(abs(p.improved.value - p.relative.value) > SEEN for p in curve.points)
    return (*drawn, line("Γ", "improved", UNMEASURED)) if apart else drawn


def rows_of(curve: ResolutionCurve) -> list[tuple[str, ...]]:
    """Return a curve as rows of Markdown, full resolution first."""
    full = (md.safe(curve.model), "full", say.in_percent(curve.full), "", "", say.count(curve.full.n))
    return [full, *(_row(curve.model, p) for p in reversed(curve.points))]


def _row(model: str, p: AtSide) -> tuple[str, ...]:
    sizes = f"{p.side}{say.SPACE}px", say.in_percent(p.accuracy)
    return md.safe(model), *sizes, ratio(p.relative), ratio(p.improved), say.count(p.relative.n)


def share(e: Estimate) -> str:
    """Return an accuracy with its interval: `42.3 % (35.7 to 49.1)`."""
    return f"{say.percent(e.value)} ({say.spread(e)})" if say.measured(e) else say.UNMEASURED


def ratio(e: Estimate) -> str:
    """Return a ratio with its interval: `0.74 (0.68 to 0.79)`."""
    if not say.measured(e):
        return "not defined"
    return f"{say.number(e.value)} ({say.number(e.low)} to {say.number(e.high)})"
