"""The report on a terminal: the headline, the table with intervals drawn in text, where to read on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from os import PathLike

from durometer.core import Estimate
from durometer.explain.findings import Comparison, Effect, ModelFigures, Summary
from durometer.report import say
from durometer.report.sections.verdict import warnings
from durometer.report.texttable import Pen, Row, table

MOST = 25
"""Lines of the whole, so that it fits one screen."""
LEAD = 10
"""Lines above the table; a sentence that does not fit whole is left to the report."""
GUESSES = 2
"""Guesses that are said; the report has all."""
VERDICTS = ("worse", "better", "undecided")


@dataclass(frozen=True)
class Page:
    """What goes on the screen, before it is made to fit: claim, sentences, table, closing lines."""

    claim: str
    sentences: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    end: tuple[str, ...]


def terminal(
    summary: Summary,
    *,
    width: int,
    color: bool,
    path: str | PathLike[str] | None = None,
    more: str = "",
    encoding: str | None = None,
) -> str:
    """Return a report in at most 25 lines.

    Args:
        summary: What to say.
        width: Columns of the terminal.
        color: Whether escape codes may be used.
        path: Of the report, for the last lines.
        more: The command that shows more, for the last lines.
        encoding: Of the terminal, by default that of the standard output; where it lacks the drawing
            characters, plain ASCII is used.
    """
    return _fitted(_summary(summary), width=width, color=color, path=path, more=more, encoding=encoding)


def comparison_terminal(
    found: Comparison,
    *,
    width: int,
    color: bool,
    path: str | PathLike[str] | None = None,
    more: str = "",
    encoding: str | None = None,
) -> str:
    """Return a comparison in at most 25 lines: what got worse first, then better, then undecided.

    Args: as in `terminal`.
    """
    return _fitted(_comparison(found), width=width, color=color, path=path, more=more, encoding=encoding)


def _summary(s: Summary) -> Page:
    several = len(s.models) > 1
    controls = [e.condition for e in s.effects if e.role == "control"][:2]
    rows = tuple(
        _effect(e, several=several, kept=e.condition in controls) for e in s.effects if e.role != "diagnostic"
    )
    clean = [_clean(m, s.score or "accuracy", several=several) for m in s.models[:3]]
    sentences = (*warnings(s), *s.headline.sentences[:2], *clean, *s.headline.sentences[2:])
    gap = s.cells_asked - s.cells_measured
    end = [f"Not measured: {say.count(gap)} of {say.count(s.cells_asked)} cells."]
    end += [_guessed(s.guesses)] if s.guesses else []
    return Page(s.headline.claim, sentences, ("drop", "p", "n"), rows, tuple(end))


def _guessed(guesses: tuple[str, ...]) -> str:
    more = f"; and {len(guesses) - GUESSES} more" if len(guesses) > GUESSES else ""
    return f"Guessed: {'; '.join(g.rstrip('.') for g in guesses[:GUESSES])}{more}."


def _clean(m: ModelFigures, what: str, *, several: bool) -> str:
    who = f"{m.name}: {what}" if several else f"{what[0].upper()}{what[1:]}"
    own = (
        f", on its own view {say.percent(m.own_view.value)}"
        if m.own_view and say.measured(m.own_view)
        else ""
    )
    changed = f"; the canvas alone changed {m.changed_by_canvas} of {say.count(m.changed_of)} answers"
    return f"{who} {say.in_percent(m.canvas)}{own}{changed if own else ''}."


def _effect(e: Effect, *, several: bool, kept: bool) -> Row:
    left = (e.title, e.model) if several else (e.title,)
    right = (_value(e.drop), _p(e.verdict, e.p_adjusted, e.net), say.count(e.drop.n))
    return Row(left, e.drop, e.verdict, right, hollow=e.role == "control", kept=kept)


def _comparison(c: Comparison) -> Page:
    several = len(c.others) > 1
    listed = [
        (other, x) for v in VERDICTS for other, held in c.changes.items() for x in held if x.verdict == v
    ]
    rows = tuple(
        Row(
            (x.title, other) if several else (x.title,), x.difference, x.verdict,
            (_value(x.difference), _p(x.verdict, x.p_adjusted, x.difference), say.count(x.difference.n)),
        )
        for other, x in listed
    )  # fmt: skip
    end = (
        f"{say.count(c.samples)} samples, paired. Left out: {say.count(sum(x.count for x in c.left_out))}.",
    )
    return Page(c.headline, (), ("change", "p", "n"), rows, end)


def _value(e: Estimate) -> str:
    return say.points(e.value) if say.measured(e) else say.UNMEASURED


def _p(verdict: str, p: float, of: Estimate) -> str:
    if not say.measured(of):
        return ""
    return "n.s." if verdict == "undecided" else say.p_value(p)


def _fitted(
    page: Page, *, width: int, color: bool, path: str | PathLike[str] | None, more: str, encoding: str | None
) -> str:
    encoding = encoding or sys.stdout.encoding or "ascii"
    width = max(48, width)
    pen = Pen(width, color, encoding)
    top = [pen.paint(x, "bold") for x in pen.wrap(page.claim)[:2]]
    for sentence in map(pen.wrap, page.sentences):
        top += sentence if len(top) + len(sentence) <= LEAD else []
    end = [x for sentence in page.end for x in pen.wrap(sentence)[:3]]
    end += [f"Report: {pen.text(path)}"] if path is not None else []
    end += [f"More:   {pen.text(more)}"] if more else []
    body = table(page.rows, page.header, room=MOST - len(top) - len(end) - 4, pen=pen)
    return "\n".join([*top, "", *body, *([""] if body else []), *end])
