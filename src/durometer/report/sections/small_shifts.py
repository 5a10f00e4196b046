"""Small shifts: how often an answer stays when the camera moves by a pixel; changes, not drops."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Summary
from durometer.explain.small_shifts import Consistency, SmallShifts
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

HEADER = (
    "shift", "model", "same answer, mean of eight", "changed by some of the eight", "right before",
    "right under all", "same at larger steps",
)  # fmt: skip
MOVES = ("shift", "model", "right, down", "same answer", "right→wrong", "wrong→right", "wrong→wrong")


class SmallShiftsSection:
    """A grid of consistency by move for each model and kind of shift, and one table."""

    name: ClassVar[str] = "small-shifts"
    title: ClassVar[str] = "Small shifts"
    place: ClassVar[int] = 26

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        several = len(summary.models) > 1
        return render("small_shifts", found=_found(summary), at=view.at, several=several, further=further)

    def markdown(self, summary: Summary, /) -> str:
        found = _found(summary)
        moves = [_move(c, i) for c in found for i in range(len(c.moves))]
        return md.table(HEADER, [_row(c) for c in found]) + "\n\n" + md.table(MOVES, moves)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"small_shifts": _found(summary)}


def further(c: Consistency) -> str:
    """Return the consistency at steps beyond one pixel: `2 px 92.0 %, 4 px 90.1 %`."""
    far = [f"{d}{say.SPACE}px {say.percent(e.value)}" for d, e in c.by_distance if d > 1]
    return ", ".join(far) or "not measured"


def _row(c: Consistency) -> tuple[str, ...]:
    shares = (c.neighbors, c.fooled, c.accuracy, c.worst)
    return (c.kind, md.safe(c.model), *map(say.in_percent, shares), further(c))


def _move(c: Consistency, i: int) -> tuple[str, ...]:
    m = c.moves[i]
    counts = (say.count(n) for n in (m.lost, m.gained, m.other))
    return (c.kind, md.safe(c.model), f"{m.dx}, {m.dy}", say.in_percent(m.consistency), *counts)


def _found(summary: Summary) -> tuple[Consistency, ...]:
    return summary.more.get(SmallShifts.name, ())
