"""Accuracy against severity: one small panel a stressor, the same scale of accuracy in all."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Json
from durometer.explain.findings import Curve, Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Line

DIRECT = 4
"""Up to this many models are named at the end of their lines."""


class Curves:
    """Small multiples."""

    name: ClassVar[str] = "curves"
    title: ClassVar[str] = "Curves"
    place: ClassVar[int] = 30

    def holds(self, summary: Summary, /) -> bool:
        return bool(summary.curves)

    def html(self, summary: Summary, view: View, /) -> str:
        panels = panels_of(summary.curves, [m.name for m in summary.models])
        names = 1 < len(summary.models) <= DIRECT
        return render(
            "curves", panels=panels, at=view.at, names=names, models=[m.name for m in summary.models]
        )

    def markdown(self, summary: Summary, /) -> str:
        rows = [
            (
                md.safe(c.axis),
                md.safe(c.model),
                f"{say.number(severity)} {md.safe(c.unit)}".strip(),
                say.in_percent(e),
            )
            for c in summary.curves
            for severity, e in c.points
        ]
        return md.table(("stressor", "model", "severity", "accuracy"), rows)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"curves": summary.curves}


def panels_of(curves: tuple[Curve, ...], models: list[str]) -> list[tuple[str, str, tuple[Line, ...]]]:
    """Return (axis, unit, lines) of each stressor, in the order of the curves and of the models."""
    found: dict[tuple[str, str], list[Curve]] = {}
    for c in curves:
        found.setdefault((c.axis, c.unit), []).append(c)
    place = {name: i for i, name in enumerate(models)}
    return [
        (axis, unit, tuple(line_of(c) for c in sorted(held, key=lambda c: place.get(c.model, len(place)))))
        for (axis, unit), held in found.items()
    ]


def line_of(curve: Curve) -> Line:
    """Return a curve as a line of a chart, points by severity."""
    return Line(curve.model, tuple(sorted(curve.points, key=lambda point: point[0])), curve.canvas)
