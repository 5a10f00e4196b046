"""The literature's own measures, as far as the plan held their conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Estimate, Json
from durometer.core.references import cite
from durometer.explain.findings import Summary
from durometer.explain.published import Published, PublishedMeasures
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

MOST, FEW = 60, 6
"""Factors on the page, and in the Markdown; the JSON has all."""
FACTORS = "error ratio"
"""The measure with a row a factor: it stands by itself, folded."""


class PublishedSection:
    """One row a measure, one column a model; factors folded below."""

    name: ClassVar[str] = "published"
    title: ClassVar[str] = "Measures"
    place: ClassVar[int] = 65

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        found = _found(summary)
        models = [m.name for m in summary.models]
        measures = lines([x for x in found if x.measure != FACTORS], models)
        factors = lines([x for x in found if x.measure == FACTORS], models)
        factors = sorted(factors, key=lambda one: -max(x.value.low for x in one.cells if x))
        return render(
            "published", measures=measures, factors=factors[:MOST], at=view.at, models=models,
            of=len(factors), written=written,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        found = _found(summary)
        factors = sorted((x for x in found if x.measure == FACTORS), key=lambda x: -x.value.low)
        rows = [row_of(x) for x in (*(x for x in found if x.measure != FACTORS), *factors[:FEW])]
        table = md.table(("measure", "model", "value (95 % interval)", "n", "better", "source"), rows)
        more = f"\n\n{say.count(len(factors) - FEW)} more error ratios stand in the JSON."
        return table + more if len(factors) > FEW else table

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"measures": _found(summary)}


def _found(summary: Summary) -> tuple[Published, ...]:
    return summary.more.get(PublishedMeasures.name, ())


@dataclass(frozen=True)
class Line:
    """One measure for all models; None where it is not defined for one of them."""

    measure: str
    about: str
    cells: tuple[Published | None, ...]
    experimental: bool
    better: str
    source: str


def lines(found: Sequence[Published], models: Sequence[str]) -> list[Line]:
    """Return measures by name and what they were taken from, in the order of their first appearance."""
    held: dict[tuple[str, str], dict[str, Published]] = {}
    for x in found:
        held.setdefault((x.measure, x.about), {})[x.model] = x
    first = {key: next(iter(by_model.values())) for key, by_model in held.items()}
    return [
        Line(*key, tuple(held[key].get(m) for m in models), x.experimental, x.better, cite(x.source))
        for key, x in first.items()
    ]


def row_of(x: Published) -> tuple[str, ...]:
    """Return a measure of one model as a row of Markdown."""
    value, n = written(x.value, x.unit), say.count(x.value.n)
    return md.safe(title_of(x)), md.safe(x.model), value, n, md.safe(x.better), cite(x.source)


def title_of(x: Published) -> str:
    """Return a measure's name with what it was taken from."""
    about = f" ({x.about})" if x.about else ""
    return f"{x.measure}{about}{', experimental' if x.experimental else ''}"


def written(value: Estimate, unit: str) -> str:
    """Return a value with its interval, shares in percent, differences in points, ratios as they are."""
    if unit == "share":
        return f"{say.percent(value.value)} ({say.spread(value)})"
    if unit == "points":
        return f"{say.in_points(value)} points"
    return f"{say.number(value.value)} ({say.number(value.low)} to {say.number(value.high)})"
