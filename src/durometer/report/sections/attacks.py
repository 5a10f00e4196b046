"""Attacks: what is left of accuracy at every radius, what each attack adds and costs, how near breaks are."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import ClassVar

from durometer.core import Json
from durometer.explain.attack_figures import AttackFigures
from durometer.explain.attacks import AtRadius, Attacks, UnderAttack
from durometer.explain.findings import Summary
from durometer.explain.smallest import Smallest
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Line, Steps

DIRECT = 4
"""Up to this many models are named at the end of their lines."""
LEVELS = 255
FEW = 2
"""An attack that spends no more passes is one question: no line is drawn of it."""
WORST = ("threat", "model", "right before", "right in the worst case", "attacks")
EACH = (
    "attack", "model", "right under it", "added", "beyond random search, points", "p", "queries",
    "forward, backward", "passes in all",
)  # fmt: skip
NEAREST = ("attack", "model", "median distance", "n", "never broken", "up to", "local optimality")
NEVER = "not reached"


class AttacksSection:
    """Curves of the worst case over all attacks, then tables of radii, attacks, passes and distances."""

    name: ClassVar[str] = "attacks"
    title: ClassVar[str] = "Attacks"
    place: ClassVar[int] = 22

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        found, models = _found(summary), [m.name for m in summary.models]
        return render(
            "attacks", found=found, at=view.at, models=models, several=len(models) > 1,
            names=1 < len(models) <= DIRECT, panels=panels(found), kind=kind, unit=unit, lines=lines,
            marks=marks, steps=steps,
            ticks=ticks, nearest=[(x, s) for x in found for s in x.smallest], doubts=doubts(found),
            warnings=warnings(summary), parts=parts, medians=medians, distance=distance, optimal=optimal,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        found = _found(summary)
        said = [f"**{md.safe(text)}**" for text in warnings(summary)]
        said += [md.safe(text) for text in doubts(found)]
        said.append(md.table(WORST, [_worst(x, a) for x in found for a in x.at]))
        said.append(md.table(EACH, [_each(x, f) for x in found for a in x.at for f in a.attacks]))
        near = [_near(x, s) for x in found for s in x.smallest]
        return "\n\n".join([*said, *([md.table(NEAREST, near)] if near else [])])

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {Attacks.name: _found(summary)}


def warnings(summary: Summary) -> tuple[str, ...]:
    """Return why attacks on some models say little: what their answers are like, or masked gradients."""
    remarks = [text for x in _found(summary) for text in x.remarks]
    masked = [str(getattr(one, "warning", "")) for one in summary.more.get("masking", ())]
    return tuple(dict.fromkeys(text for text in (*remarks, *masked) if text))


def doubts(found: Sequence[UnderAttack]) -> tuple[str, ...]:
    """Name the attacks that can't be told from a random search with as many passes at any of their radii."""
    beats: dict[tuple[str, str, int], list[bool]] = {}
    for x in found:
        for f in (f for a in x.at for f in a.attacks if f.luck is not None):
            beats.setdefault((f.name, x.model, x.clean.n), []).append(f.beats_luck)
    return tuple(
        f"{name} can't be told from random search on {model} (n = {n:,}): what it leaves right says little."
        for (name, model, n), each in beats.items()
        if not any(each)
    )


def panels(found: Sequence[UnderAttack]) -> list[list[UnderAttack]]:
    """Return the findings of one kind of threat together, a model each."""
    kinds: dict[str, list[UnderAttack]] = {}
    for x in found:
        kinds.setdefault(x.asked, []).append(x)
    return list(kinds.values())


def kind(panel: Sequence[UnderAttack]) -> str:
    """Return what a panel is about: `Linf`, or the threat's name where its words are of one radius only."""
    words = next((a.threat for x in panel for a in x.at), "")
    return words.partition(" within ")[0] if " within " in words else str(json.loads(panel[0].asked)["name"])


def unit(panel: Sequence[UnderAttack]) -> str:
    """Return what stands under the axis of a panel."""
    return "radius, in 255ths of the input range" if _in_levels(panel) else "radius"


def lines(panel: Sequence[UnderAttack]) -> tuple[Line, ...]:
    """Return one line a model: accuracy at radius 0, then what no attack broke within each radius."""
    first = _first(panel)
    return tuple(
        Line(x.model, ((0.0, x.clean), *((_place(radius, first), e) for radius, e in x.curve)), x.clean)
        for x in panel
    )


def marks(panel: Sequence[UnderAttack]) -> tuple[tuple[float, float], ...]:
    """Return (place, radius) along the axis, which is bent so that small radii have room."""
    first, by = _first(panel), LEVELS if _in_levels(panel) else 1
    return tuple((_place(r, first), by * r) for r in sorted({0.0, *(r for x in panel for r, _ in x.curve)}))


def _first(panel: Sequence[UnderAttack]) -> float:
    return min((r for x in panel for r, _ in x.curve if r > 0), default=1.0)


def _place(radius: float, first: float) -> float:
    """Doublings of the smallest radius, with 0 one step before it."""
    return math.log2(1 + radius / first)


def _in_levels(panel: Sequence[UnderAttack]) -> bool:
    return all("/255" in a.threat for x in panel for a in x.at) and any(x.at for x in panel)


def steps(main: AtRadius) -> tuple[Steps, ...]:
    """Return one line an attack: what it leaves right after so many passes, on a scale of powers of ten."""
    most, names = _most(main), [f.name for f in main.attacks]
    return tuple(
        Steps(
            f.name if names.count(f.name) == 1 else f.title.split(", ")[0],
            tuple((_depth(budget, most), budget, e) for budget, e in f.spent.left),
        )
        for f in main.attacks
        if f.spent is not None and f.spent.left and f.spent.left[-1][0] > FEW
    )


def ticks(main: AtRadius) -> tuple[tuple[float, float], ...]:
    """Return (place, passes) at each power of ten."""
    most = _most(main)
    return tuple((_depth(10**k, most), 10.0**k) for k in range(len(str(most))))


def _most(main: AtRadius) -> int:
    return max((b for f in main.attacks if f.spent for b, _ in f.spent.left), default=10)


def _depth(budget: int, most: int) -> float:
    return math.log(budget) / math.log(max(most, 2))


def parts(f: AttackFigures) -> str:
    """Return what each part of an ensemble added: `apgd-ce 12, apgd-t 1`."""
    return ", ".join(f"{name} {say.count(n)}" for name, n in f.stages)


def medians(f: AttackFigures) -> str:
    """Return the median passes of a sample, forward and backward: `22, 20`."""
    if f.spent is None:
        return ""
    return f"{f.spent.forwards:,.15g}, {f.spent.backwards:,.15g}"


def distance(s: Smallest) -> str:
    """Return the median distance with its interval: `0.021 (0.018 to 0.026)`."""
    low, value, high = (
        say.number(v) if math.isfinite(v) else NEVER for v in (s.median.low, s.median.value, s.median.high)
    )
    return value if value == low == high == NEVER else f"{value} ({low} to {high})"


def optimal(s: Smallest) -> str:
    """Return the local optimality, or why there is none."""
    return "nothing to compare with" if s.optimality is None else f"{s.optimality:.2f}"


def _worst(x: UnderAttack, a: AtRadius) -> tuple[str, ...]:
    names = ", ".join(dict.fromkeys(f.name for f in a.attacks))
    return (a.threat, md.safe(x.model), say.in_percent(x.clean), say.in_percent(a.worst), md.safe(names))


def _each(x: UnderAttack, f: AttackFigures) -> tuple[str, ...]:
    luck = ("", "", "") if f.luck is None else (
        say.in_points(f.luck.gain), say.p_value(f.luck.p), say.count(f.luck.queries))  # fmt: skip
    spent = ("", "") if f.spent is None else (medians(f), say.count(f.spent.total))
    added = say.count(f.added) + (f" ({parts(f)})" if f.stages else "")
    return (md.safe(f.title), md.safe(x.model), say.in_percent(f.accuracy), md.safe(added), *luck, *spent)


def _near(x: UnderAttack, s: Smallest) -> tuple[str, ...]:
    return (
        md.safe(s.title), md.safe(x.model), distance(s), say.count(s.n), say.count(s.censored),
        say.number(s.until), optimal(s),
    )  # fmt: skip


def _found(summary: Summary) -> tuple[UnderAttack, ...]:
    return summary.more.get(Attacks.name, ())
