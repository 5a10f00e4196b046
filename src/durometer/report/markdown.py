"""The report as Markdown: the same sections, for a pull request or a wiki."""

from __future__ import annotations

import re
from collections.abc import Sequence

from durometer.explain.findings import Change, Comparison, NotMeasured, Summary, Verdict
from durometer.report import say
from durometer.report.gaps import grouped
from durometer.report.section import present

SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")


def document(summary: Summary) -> str:
    """Return the whole report; names are escaped, so that none of them becomes markup."""
    parts = [f"# {safe(summary.title)}"]
    for section in present(summary):
        parts.append(f"## {section.title}\n\n{section.markdown(summary).strip()}")
    return "\n\n".join(parts) + "\n"


def comparison(found: Comparison) -> str:
    """Return a comparison as Markdown: worse, better and undecided of each record."""
    parts = [f"# {safe(found.baseline)} against {', '.join(safe(o) for o in found.others)}"]
    parts.append(f"**{safe(found.headline)}** {say.count(found.samples)} samples, paired.")
    for other, changes in found.changes.items():
        parts.append(f"## {safe(other)}")
        parts += [_changes(changes, verdict) for verdict in ("worse", "better", "undecided")]
    if found.left_out:
        parts += ["## Left out", gap_table(found.left_out)]
    return "\n\n".join(parts) + "\n"


def safe(text: object) -> str:
    """Return a name as text: no markup, no HTML, one line."""
    bare = say.plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", bare)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def bullets(items: Sequence[str]) -> str:
    """Return a list; items are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def gap_table(gaps: Sequence[NotMeasured]) -> str:
    """Return what was not measured as a table."""
    rows = [
        (safe(", ".join(x.what)), f"{say.count(x.count)} of {say.count(x.of)}", safe(x.why), safe(x.fix))
        for x in grouped(gaps)
    ]
    return table(("what", "how many each", "why", "way out"), rows)


def _changes(changes: tuple[Change, ...], verdict: Verdict) -> str:
    held = [c for c in changes if c.verdict == verdict]
    if not held:
        return f"**{verdict.capitalize()}**: none."
    header = (
        "condition",
        "model",
        "baseline",
        "other",
        "difference",
        "difference of drops",
        "lost",
        "gained",
        "p",
    )
    rows = [
        (
            safe(c.title), safe(c.model), say.in_percent(c.baseline), say.in_percent(c.other),
            say.in_points(c.difference), say.in_points(c.drop_difference),
            say.count(c.lost), say.count(c.gained), say.p_value(c.p_adjusted),
        )
        for c in held
    ]  # fmt: skip
    return f"**{verdict.capitalize()}** ({len(held)})\n\n{table(header, rows)}"
