"""Can the attacks be believed: every check of masked gradients, with its number."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Summary
from durometer.explain.masking import Check, Masking, Maskings
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

HEADER = ("model", "check", "verdict", "value", "limit", "what was found")


class MaskingSection:
    """A table a model, flags first."""

    name: ClassVar[str] = "masking"
    title: ClassVar[str] = "Masked gradients"
    place: ClassVar[int] = 23

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        return render("masking", found=_found(summary), at=view.at, ordered=ordered, number=number)

    def markdown(self, summary: Summary, /) -> str:
        rows = [
            (md.safe(one.model), c.check, c.verdict, number(c.value), number(c.limit), md.safe(c.sentence))
            for one in _found(summary)
            for c in ordered(one)
        ]
        return md.table(HEADER, rows)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"masking": _found(summary)}


def ordered(one: Masking) -> list[Check]:
    """Return the checks, those that found fault first."""
    return sorted(one.checks, key=lambda c: c.verdict != "flag")


def number(value: float | None) -> str:
    """Return a number of a check, or nothing."""
    return "" if value is None else say.number(value)


def _found(summary: Summary) -> tuple[Masking, ...]:
    return summary.more.get(Maskings.name, ())
