"""One file: style, script, pictures and charts inside it, and a policy that forbids it to load anything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from markupsafe import Markup

import durometer
from durometer.core import Estimate
from durometer.explain.findings import Change, Comparison, Summary
from durometer.report import pictures
from durometer.report.html.render import asset, render
from durometer.report.section import View, present
from durometer.report.sections.method import flat
from durometer.report.svg import Scale

VERDICTS = ("worse", "better", "undecided")
Links = Sequence[tuple[str, str]]


def report(summary: Summary, artifact: pictures.Artifact, *, budget: int = pictures.BUDGET) -> str:
    """Return the HTML of one record.

    Args:
        summary: What it says.
        artifact: Returns the bytes of a picture by name.
        budget: Bytes of all pictures, as written.
    """
    body = _record(summary, artifact, budget=budget, at="")
    links = [(s.name, s.title) for s in present(summary)]
    return page(summary.title, body, links)


def many(
    summaries: Sequence[Summary], artifacts: Sequence[pictures.Artifact], *, budget: int = pictures.BUDGET
) -> str:
    """Return the HTML of several records, one below the other, with a list of their claims on top."""
    each = budget // max(1, len(summaries))
    pairs = [(f"r{i + 1}-", s) for i, s in enumerate(summaries)]
    parts = [_record(s, a, budget=each, at=at) for (at, s), a in zip(pairs, artifacts, strict=True)]
    body = render("many", records=pairs, body=Markup("").join(parts))
    return page(f"{len(summaries)} records", body, [(f"{at}top", s.title) for at, s in pairs])


def comparison(found: Comparison) -> str:
    """Return the HTML of a comparison."""
    tables = [
        (
            other,
            [(v, [c for c in changes if c.verdict == v]) for v in VERDICTS],
            len({c.model for c in changes}) > 1,
        )
        for other, changes in found.changes.items()
    ]
    body = render("compare", c=found, tables=tables, scale=_scale(found), facts=flat(found.method))
    links = [(f"o{i + 1}", other) for i, (other, _, _) in enumerate(tables)]
    return page(f"{found.baseline} against {', '.join(found.others)}", body, [*links, ("method", "Method")])


def page(title: str, body: Markup, links: Links) -> str:
    """Return a whole page around safe markup."""
    style, script = asset("style.css"), asset("script.js")
    return render(
        "page", title=title, body=body, links=links, version=durometer.__version__,
        style=Markup(style), script=Markup(script), style_hash=_hash(style), script_hash=_hash(script),
    )  # fmt: skip


def _record(summary: Summary, artifact: pictures.Artifact, *, budget: int, at: str) -> Markup:
    view = View(pictures.choose(summary, artifact, budget=budget), at)
    parts = [(section, Markup(section.html(summary, view))) for section in present(summary)]
    return render("record", parts=parts, at=at)


def _hash(text: str) -> str:
    """The only style and script that the page may run are the ones of this hash."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _scale(found: Comparison) -> Scale:
    changes: list[Change] = [c for held in found.changes.values() for c in held]
    known: list[Estimate] = [c.difference for c in changes if c.difference.n]
    return Scale.around([edge for e in known for edge in (e.low, e.high)])
