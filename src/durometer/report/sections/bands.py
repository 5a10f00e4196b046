"""Critical bands: accuracy by band and strength of noise, and the channel fitted to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from durometer.core import Estimate, Json
from durometer.explain.bands import HUMAN, Bands, CriticalBands
from durometer.explain.findings import Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

HEADER = (
    "model", "bandwidth, octaves", "center, cycles a picture", "peak noise sensitivity",
    "right without noise", "published bandwidth",
)  # fmt: skip
STEPS = 80


class BandsSection:
    """A heat map, a chart and a row a model."""

    name: ClassVar[str] = "bands"
    title: ClassVar[str] = "Critical bands"
    place: ClassVar[int] = 27

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        return render(
            "bands", found=_found(summary), at=view.at, several=len(summary.models) > 1, curve=curve,
            people=people, plain=plain, threshold=threshold, published=published, most_right=most_right,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        found = _found(summary)
        parts = [md.table(HEADER, [_row(c) for c in found])]
        for c in found:
            rows = [
                (f"{say.number(sd)}", *map(say.in_percent, row))
                for sd, row in zip(c.strengths, c.cells, strict=True)
            ]
            rows.append(("threshold", *(threshold(e, c.reach) for e in c.thresholds)))
            heads = ("noise sd", *(f"{say.number(f)} cycles" for f in c.centers))
            parts.append(f"\n{md.safe(c.model)}, accuracy by band of noise\n")
            parts.append(md.table(heads, rows))
        return "\n".join(parts)

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"bands": _found(summary)}


def most_right(c: CriticalBands) -> float:
    """Return the largest accuracy of the map, from which its colors count; 1 where none is above 0."""
    return max(e.value for row in c.cells for e in row) or 1.0


def curve(c: CriticalBands) -> list[tuple[float, float]]:
    """Return the fitted channel as (place, sensitivity), places counted in bands from the first."""
    if c.channel is None:
        return []
    span = len(c.bands)
    places = [-0.5 + span * i / STEPS for i in range(STEPS + 1)]
    return list(zip(places, c.channel.at(places).tolist(), strict=True))


def people(c: CriticalBands) -> tuple[float, float] | None:
    """Return the octave that people's channel would reach, about the model's own center."""
    middle = c.channel.middle if c.channel else None
    return None if middle is None else (middle - HUMAN / 2, middle + HUMAN / 2)


def plain(e: Estimate | None) -> str:
    """Return `4.08 (3.61 to 4.46)`."""
    return (
        "unmeasured" if e is None else f"{say.number(e.value)} ({say.number(e.low)} to {say.number(e.high)})"
    )


def threshold(e: Estimate, reach: Sequence[float]) -> str:
    """Return a threshold with its interval; what lies at the end of what can be told is an inequality."""
    low, high = (value * tilt for value, tilt in zip(reach, (1.001, 0.999), strict=True))

    def end(value: float) -> str:
        sign = "≤" if value <= low else "≥" if value >= high else ""
        return sign + say.number(value)

    return f"{end(e.value)} ({end(e.low)} to {end(e.high)})"


def published(c: CriticalBands) -> str:
    """Return the bandwidth of the published staircase, or why there is none."""
    if c.published_channel is None:
        return "none: not right in half of cases without noise" if c.cells[0][0].value <= 0.5 else "none"
    return f"{say.number(c.published_channel.bandwidth)} octaves, indices {', '.join(map(str, c.published))}"


def _row(c: CriticalBands) -> tuple[str, ...]:
    figures = (c.bandwidth, c.center, c.sensitivity)
    return (md.safe(c.model), *map(plain, figures), say.in_percent(c.cells[0][0]), published(c))


def _found(summary: Summary) -> tuple[CriticalBands, ...]:
    return summary.more.get(Bands.name, ())
