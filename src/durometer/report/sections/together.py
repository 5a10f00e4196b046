"""What edits do together beyond what each does alone: the interactions of 2^k designs."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Summary
from durometer.explain.interactions import Interaction, Interactions
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Scale

VERDICTS = {
    "worse": "more than by themselves",
    "better": "less than by themselves",
    "undecided": "can't be told",
}


class Together:
    """One row an interaction."""

    name: ClassVar[str] = "together"
    title: ClassVar[str] = "Together"
    place: ClassVar[int] = 25

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        found = _found(summary)
        scale = Scale.around([edge for x in found for edge in (x.beyond.low, x.beyond.high)])
        return render(
            "together", found=found, at=view.at, scale=scale, several=len(summary.models) > 1, words=VERDICTS,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        header = ("edits", "model", "each alone", "together", "beyond", "p", "n", "verdict")
        rows = [
            (md.safe(" + ".join(x.factors)), md.safe(x.model), ", ".join(say.in_points(e) for e in x.alone),
             say.in_points(x.together), say.in_points(x.beyond), say.p_value(x.p_adjusted),
             say.count(x.beyond.n), VERDICTS[x.verdict])
            for x in _found(summary)
        ]  # fmt: skip
        return md.table(header, rows)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {Interactions.name: _found(summary)}


def _found(summary: Summary) -> tuple[Interaction, ...]:
    return summary.more.get(Interactions.name, ())
