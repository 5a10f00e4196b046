"""Sequences: how often the answer changes from frame to frame."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Summary
from durometer.explain.sequences import FlipsAlong, Sequences
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

HEADER = ("sequence", "model", "frames", "flip rate (95 % interval)", "against", "T5D, places", "n")
AGAINST = {"previous": "the frame before", "first": "the first frame"}


class SequencesSection:
    """One row a sequence and model, with a little line of the flips at each frame."""

    name: ClassVar[str] = "sequences"
    title: ClassVar[str] = "Sequences"
    place: ClassVar[int] = 31

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        found = _found(summary)
        top = max(share for x in found for share in x.by_frame)
        return render(
            "sequences", found=found, at=view.at, models=[m.name for m in summary.models], top=top,
            against=AGAINST, along=along, places=places, words=words,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        return md.table(HEADER, [_row(x) for x in _found(summary)])

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {Sequences.name: _found(summary)}


def words(x: FlipsAlong) -> str:
    """Return the sequence's name as a person reads it."""
    return x.name.replace("-", " ")


def along(x: FlipsAlong) -> str:
    """Return in words what the little line shows."""
    most = max(range(len(x.by_frame)), key=x.by_frame.__getitem__)
    return f"most at frame {most + 2} of {x.frames}: {say.percent(x.by_frame[most])}"


def places(x: FlipsAlong) -> str:
    """Return T5D with its interval: `0.83 (0.71 to 0.95)`."""
    if x.t5d is None:
        return "not defined"
    return f"{x.t5d.value:.2f} ({x.t5d.low:.2f} to {x.t5d.high:.2f})"


def _row(x: FlipsAlong) -> tuple[str, ...]:
    flips = f"{say.percent(x.flips.value)} ({say.spread(x.flips)})"
    return (
        md.safe(words(x)), md.safe(x.model), say.count(x.frames), flips, AGAINST[x.against], places(x),
        say.count(x.flips.n),
    )  # fmt: skip


def _found(summary: Summary) -> tuple[FlipsAlong, ...]:
    return summary.more.get(Sequences.name, ())
