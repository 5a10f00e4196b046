"""Groups that do worse than the rest, corrected for the number of looks; nothing found is an answer."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Slice, Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

MOST = 60
"""Rows on the page; the JSON has all."""


class Who:
    """The worst groups."""

    name: ClassVar[str] = "who"
    title: ClassVar[str] = "Who"
    place: ClassVar[int] = 50

    def holds(self, summary: Summary, /) -> bool:
        return bool(summary.slices or summary.slices_looked_at)

    def html(self, summary: Summary, view: View, /) -> str:
        pictured = {
            (pair.picture.model, pair.picture.condition, pair.picture.truth) for pair in view.gallery.pairs
        }
        linked = [_linked(x, pictured) for x in summary.slices[:MOST]]
        return render(
            "who", s=summary, at=view.at, slices=list(zip(summary.slices[:MOST], linked, strict=True)),
            several=len(summary.models) > 1, name=name,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        looked = f"Groups looked at: {say.count(summary.slices_looked_at)}."
        if not summary.slices:
            return f"Nothing found: no group does worse than the rest. {looked}"
        header = ("group", "model", "under", "accuracy", "all others", "p")
        rows = [
            (md.safe(name(x)), md.safe(x.model), md.safe(x.title), say.in_percent(x.accuracy),
             say.in_percent(x.rest), say.p_value(x.p_adjusted))
            for x in summary.slices[:MOST]
        ]  # fmt: skip
        return f"{looked}\n\n{md.table(header, rows)}"

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"slices": summary.slices, "slices_looked_at": summary.slices_looked_at}


def name(x: Slice) -> str:
    """Return what a group is: `class cat, lighting dim`."""
    return ", ".join(f"{fact} {value}" for fact, value in x.where)


def _linked(x: Slice, pictured: set[tuple[str, str, str]]) -> str:
    """Return the class to filter the gallery by, if there are pictures of it; else nothing."""
    wanted = dict(x.where).get("class", "")
    return wanted if (x.model, x.condition, wanted) in pictured else ""
