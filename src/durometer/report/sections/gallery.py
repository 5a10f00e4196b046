"""Pairs of original and edited, with both answers: what the numbers look like."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.pictures import KINDS
from durometer.report.section import View

LISTED = 20
"""Pairs that the Markdown names; it can't carry the pictures."""


class Gallery:
    """The pictures."""

    name: ClassVar[str] = "gallery"
    title: ClassVar[str] = "Gallery"
    place: ClassVar[int] = 70

    def holds(self, summary: Summary, /) -> bool:
        return bool(summary.pictures)

    def html(self, summary: Summary, view: View, /) -> str:
        held = [pair.picture for pair in view.gallery.pairs]
        choices = {
            "edit": list(dict.fromkeys(p.title for p in held)),
            "class": sorted({p.truth for p in held}),
            "model": list(dict.fromkeys(p.model for p in held)),
            "kind": [kind for kind in KINDS if any(p.kind == kind for p in held)],
        }
        return render("gallery", g=view.gallery, at=view.at, choices=choices, seed=summary.method.get("seed"))

    def markdown(self, summary: Summary, /) -> str:
        rows = [
            (md.safe(p.sample), md.safe(p.title), md.safe(p.model), md.safe(p.truth),
             f"{md.safe(p.before)} {say.percent(p.before_confidence)}",
             f"{md.safe(p.after)} {say.percent(p.after_confidence)}")
            for p in summary.pictures[:LISTED]
        ]  # fmt: skip
        said = f"{len(rows)} of {say.count(len(summary.pictures))} saved pairs; the HTML has the pictures."
        return f"{said}\n\n{md.table(('sample', 'edit', 'model', 'truth', 'before', 'after'), rows)}"

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"pictures": summary.pictures}
