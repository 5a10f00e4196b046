"""How it was made: what was skipped and why, words, formulas, versions, plan, the command that repeats it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import NotMeasured, Summary
from durometer.explain.method import SUMMARY
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.terms import TERMS

OWN_PLACE = ("command", "plan")
"""Entries of `summary.method` that are shown as a block of their own."""


class Method:
    """Everything that is needed to argue with the numbers."""

    name: ClassVar[str] = "method"
    title: ClassVar[str] = "Method"
    place: ClassVar[int] = 90

    def holds(self, summary: Summary, /) -> bool:
        return True

    def html(self, summary: Summary, view: View, /) -> str:
        return render(
            "method", s=summary, at=view.at, command=block(summary, "command"), plan=block(summary, "plan"),
            facts=flat(facts(summary)), nan=sum(m.nan_outputs for m in summary.models),
            formulas={k: v for k, v in summary.method.items() if k in SUMMARY}, guesses=guesses(summary),
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        parts = []
        if command := block(summary, "command"):
            parts.append("Make this again:\n\n" + _fenced(command))
        parts.append(_gaps(summary.not_measured))
        parts += [f"Guessed: {md.safe(g)}" for g in guesses(summary)]
        lines = {**{k: v for k, v in summary.method.items() if k in SUMMARY}, **facts(summary)}
        parts.append(md.bullets([f"{md.safe(k)}: {md.safe(v)}" for k, v in flat(lines)]))
        words = [
            f"**{md.safe(t.word)}**: {t.meaning}{f' ({t.source})' if t.source else ''}"
            for t in TERMS.values()
        ]
        parts.append(md.bullets(words))
        if plan := block(summary, "plan"):
            parts.append("The plan:\n\n" + _fenced(plan))
        return "\n\n".join(part for part in parts if part)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"method": summary.method, "not_measured": summary.not_measured, "guesses": summary.guesses}


def block(summary: Summary, name: str) -> str:
    """Return a text entry of the method, or nothing."""
    found = summary.method.get(name, "")
    return found if isinstance(found, str) else say.value(found)


def facts(summary: Summary) -> dict[str, Json]:
    """Return what is known of the record: all of the method but formulas and texts of their own."""
    return {k: v for k, v in summary.method.items() if k not in OWN_PLACE and k not in SUMMARY}


def guesses(summary: Summary) -> list[str]:
    """Return what was guessed, of the data and of each model, nothing twice."""
    own = [f"{m.name}: {g}" for m in summary.models for g in m.guesses if not _said(g, summary.guesses)]
    return [*summary.guesses, *own]


def _said(guess: str, listed: tuple[str, ...]) -> bool:
    return any(known.endswith(guess) for known in listed)


def flat(known: Mapping[str, Json], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested facts as (path, value) lines: `versions, torch` and `2.13.0`."""
    lines: list[tuple[str, str]] = []
    for name, thing in known.items():
        path = f"{prefix}{name}"
        if isinstance(thing, Mapping):
            lines += flat(thing, f"{path}, ")
        else:
            lines.append((path, say.value(thing)))
    return lines


def _gaps(gaps: tuple[NotMeasured, ...]) -> str:
    if not gaps:
        return "Everything that was asked for was measured."
    return "Not measured:\n\n" + md.gap_table(gaps)


def _fenced(text: str) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
