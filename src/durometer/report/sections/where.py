"""Where the object stands and how it is turned: maps of accuracy by place, wheels of accuracy by angle."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Curve, Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View


class Where:
    """Heat maps and angle wheels, one a model and axis."""

    name: ClassVar[str] = "where"
    title: ClassVar[str] = "Where"
    place: ClassVar[int] = 40

    def holds(self, summary: Summary, /) -> bool:
        return bool(summary.places or turned(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        several = len(summary.models) > 1
        return render("where", places=summary.places, wheels=turned(summary), at=view.at, several=several)

    def markdown(self, summary: Summary, /) -> str:
        parts = []
        for p in summary.places:
            width = max((len(row) for row in p.cells), default=0)
            rows = [tuple(say.in_percent(e) for e in row) for row in p.cells]
            parts.append(f"{md.safe(p.axis)}, {md.safe(p.model)}, from the top left\n")
            parts.append(md.table([""] * width, rows) + "\n")
        parts += [_turn(c) for c in turned(summary)]
        return "\n".join(parts)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"places": summary.places}


def turned(summary: Summary) -> tuple[Curve, ...]:
    """Return the curves whose severity is an angle, with enough of them for a wheel."""
    return tuple(c for c in summary.curves if c.unit == "degrees" and len(c.points) >= 3)


def _turn(curve: Curve) -> str:
    said = [f"{say.number(angle)}°: {say.in_percent(e)}" for angle, e in curve.points]
    return f"{md.safe(curve.axis)}, {md.safe(curve.model)}: {'; '.join(said)}\n"
