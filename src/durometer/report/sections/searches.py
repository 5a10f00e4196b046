"""Worst cases: how often some edit of many breaks the model, beside as many edits that change nothing."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Summary
from durometer.explain.searches import Searches, WorstCase
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Scale

HEADER = (
    "search", "model", "candidates", "right in the worst case", "in the worst null", "difference, points",
    "p", "vulnerable", "by the null", "not searched", "not made",
)  # fmt: skip


class WorstCases:
    """One row a search and model, and a map for searches over places."""

    name: ClassVar[str] = "searches"
    title: ClassVar[str] = "Worst cases"
    place: ClassVar[int] = 28

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        found = _found(summary)
        scale = Scale.around([edge for x in found for edge in (x.difference.low, x.difference.high)])
        several = len(summary.models) > 1
        return render("searches", found=found, at=view.at, scale=scale, several=several, spread=spread)

    def markdown(self, summary: Summary, /) -> str:
        found = _found(summary)
        parts = [md.table(HEADER, [_row(x) for x in found])]
        for x in found:
            if x.places:
                rows = [tuple(say.in_percent(e) for e in row) for row in x.places]
                parts.append(f"\n{md.safe(x.title)}, {md.safe(x.model)}, accuracy from the top left\n")
                parts.append(md.table([""] * len(x.places), rows))
        return "\n".join(parts)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {Searches.name: _found(summary)}


def spread(counts: tuple[int, int, int]) -> str:
    """Return how many candidates stood to choice: `64`, or `9 to 25` where samples differ."""
    low, _, high = counts
    return say.count(low) if low == high else f"{say.count(low)} to {say.count(high)}"


def _row(x: WorstCase) -> tuple[str, ...]:
    return (
        md.safe(x.title), md.safe(x.model), spread(x.candidates), say.in_percent(x.accuracy),
        say.in_percent(x.null), say.in_points(x.difference), say.p_value(x.p_adjusted),
        say.in_percent(x.vulnerable), say.in_percent(x.null_vulnerable), say.count(x.not_searched),
        say.count(x.not_made),
    )  # fmt: skip


def _found(summary: Summary) -> tuple[WorstCase, ...]:
    return summary.more.get(Searches.name, ())
