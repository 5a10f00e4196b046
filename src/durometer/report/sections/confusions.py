"""Which class turns into which under which edit."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Confusion, Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

MOST = 40
"""Rows on the page; the JSON has all."""
SINGLE = 10
"""Rows where none happened more than once: then there is no pattern, only examples."""


class Confusions:
    """The commonest wrong turns."""

    name: ClassVar[str] = "confusions"
    title: ClassVar[str] = "Confusions"
    place: ClassVar[int] = 60

    def holds(self, summary: Summary, /) -> bool:
        return bool(summary.confusions)

    def html(self, summary: Summary, view: View, /) -> str:
        pictured = {
            (pair.picture.model, pair.picture.condition, pair.picture.truth)
            for pair in view.gallery.pairs
            if pair.picture.kind == "right→wrong"
        }
        return render(
            "confusions", shown=shown(summary), total=len(summary.confusions), at=view.at,
            several=len(summary.models) > 1, pictured=pictured,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        rows = [
            (f"{md.safe(c.true)} → {md.safe(c.answer)}", md.safe(c.title), md.safe(c.model),
             f"{say.count(c.count)} of {say.count(c.of)}")
            for c in shown(summary)
        ]  # fmt: skip
        return md.table(("turns into", "under", "model", "how many"), rows)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"confusions": summary.confusions}


def shown(summary: Summary) -> tuple[Confusion, ...]:
    """Return those that happened more than once, or a few examples where none did."""
    repeated = tuple(c for c in summary.confusions if c.count > 1)
    return repeated[:MOST] or summary.confusions[:SINGLE]
