"""The literature's own measures, as far as the plan held their conditions."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Estimate, Json
from durometer.core.references import cite
from durometer.explain.findings import Summary
from durometer.explain.published import Published, PublishedMeasures
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

MOST = 80
"""Rows on the page; the JSON has all."""


class PublishedSection:
    """One row a measure and model."""

    name: ClassVar[str] = "published"
    title: ClassVar[str] = "Published measures"
    place: ClassVar[int] = 65

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        found = _found(summary)
        rows = [(x, written(x.value, x.unit), cite(x.source)) for x in found[:MOST]]
        several = len(summary.models) > 1
        return render("published", rows=rows, at=view.at, several=several, more=len(found) - len(rows))

    def markdown(self, summary: Summary, /) -> str:
        header = ("measure", "model", "value (95 % interval)", "n", "better", "source")
        rows = [
            (md.safe(title_of(x)), md.safe(x.model), written(x.value, x.unit), say.count(x.value.n), x.better,
             cite(x.source))
            for x in _found(summary)[:MOST]
        ]  # fmt: skip
        return md.table(header, rows)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"measures": _found(summary)}


def _found(summary: Summary) -> tuple[Published, ...]:
    return summary.more.get(PublishedMeasures.name, ())


def title_of(x: Published) -> str:
    """Return a measure's name with what it was taken from."""
    about = f" ({x.about})" if x.about else ""
    return f"{x.measure}{about}{', experimental' if x.experimental else ''}"


def written(value: Estimate, unit: str) -> str:
    """Return a value with its interval, shares in percent, differences in points, ratios as they are."""
    if unit == "share":
        return f"{say.percent(value.value)} ({say.spread(value)})"
    if unit == "points":
        return f"{say.in_points(value)} points"
    return f"{say.number(value.value)} ({say.number(value.low)} to {say.number(value.high)})"
