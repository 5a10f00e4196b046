"""Every edit and model: the drop, what is left beyond the control, how sure, how many, flips both ways."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Effect, Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Scale

HEADER = (
    "edit",
    "model",
    "drop, points",
    "beyond its control",
    "p",
    "n",
    "lost",
    "gained",
    "not edited",
    "verdict",
)
VERDICTS = {"worse": "breaks", "better": "helps", "undecided": "n.s."}


class Drops:
    """All effects in one table."""

    name: ClassVar[str] = "drops"
    title: ClassVar[str] = "Drops"
    place: ClassVar[int] = 20

    def holds(self, summary: Summary, /) -> bool:
        return bool(summary.effects)

    def html(self, summary: Summary, view: View, /) -> str:
        edges = [
            edge for e in summary.effects if e.role != "diagnostic" for edge in (e.drop.low, e.drop.high)
        ]
        models = [m.name for m in summary.models]
        return render("drops", effects=listed(summary), at=view.at, scale=Scale.around(edges), models=models)

    def markdown(self, summary: Summary, /) -> str:
        return md.table(HEADER, [_row(e) for e in listed(summary)])

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"effects": summary.effects}


def listed(summary: Summary) -> list[Effect]:
    """Return the effects in the order of the summary, diagnostics last: they are no weakness."""
    return sorted(summary.effects, key=lambda e: e.role == "diagnostic")


def _row(e: Effect) -> tuple[str, ...]:
    role = "" if e.role == "edit" else f" ({e.role})"
    net = f"{say.in_points(e.net)}, {md.safe(e.control_title)}" if e.control else "no control"
    missed = say.count(sum(e.not_edited.values()))
    verdict = "diagnostic" if e.role == "diagnostic" else VERDICTS[e.verdict]
    return (
        md.safe(e.title) + role, md.safe(e.model), say.in_points(e.drop), net, say.p_value(e.p_adjusted),
        say.count(e.drop.n), say.count(e.lost), say.count(e.gained), missed, verdict,
    )  # fmt: skip
