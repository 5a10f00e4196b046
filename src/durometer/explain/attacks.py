"""Under attack: what is left of accuracy at every radius, in the worst case over all attacks of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

import numpy as np

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.attack_figures import AttackFigures, attack_figures
from durometer.explain.cells import Cell, Ints
from durometer.explain.findings import Effect
from durometer.explain.passes import share
from durometer.explain.smallest import Smallest, nearest, smallest
from durometer.explain.study import Readable, Study
from durometer.explain.tried import BASELINE, Floats, Tried, tried
from durometer.explain.wording import percent_span

SAID = 3
"""Models that get a sentence in the headline."""
GRID = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Shares of the broken at whose distances a curve has its points where no radius was fixed."""
AROUND = (-3, -2, -1, 1, 2)
"""Doublings of the only fixed radius at which a curve has further points where distances are known."""


@dataclass(frozen=True)
class AtRadius:
    """All attacks of one kind of threat at one radius.

    Attributes:
        threat: The set in words.
        worst: Share of samples that no attack broke: the worst case over all of them, sample by sample, those
            at smaller radii and those that look for the nearest broken input among them.
    """

    threat: str
    radius: float
    worst: Estimate
    attacks: tuple[AttackFigures, ...]


@dataclass(frozen=True)
class UnderAttack:
    """One model in one kind of threat, over the samples that every attack of it could take.

    Attributes:
        clean: Accuracy on these samples before.
        curve: (radius, share that no attack broke within it), ascending.
        at: The radii at which attacks were run.
        smallest: What attacks that look for the nearest broken input found.
        asked: The kind of threat, as a key.
        remarks: Why figures under attack mean little here: answers that are not finite, that never differ, or
            that were wrong before.
    """

    model: str
    asked: str
    clean: Estimate
    curve: tuple[tuple[float, Estimate], ...]
    at: tuple[AtRadius, ...]
    smallest: tuple[Smallest, ...]
    remarks: tuple[str, ...] = ()

    @property
    def main(self) -> AtRadius | None:
        """The radius to speak of: most attacks; of equals the first that breaks half, else the largest."""
        if not self.at:
            return None
        most = max(len(x.attacks) for x in self.at)
        held = [x for x in self.at if len(x.attacks) == most]
        return next((x for x in held if 2 * x.worst.value <= self.clean.value), held[-1])


class Attacks(Analysis):
    """One finding a model and kind of threat."""

    name: ClassVar[str] = "attacks"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[UnderAttack, ...]:
        found = []
        for model in study.models:
            groups: dict[str, list[Tried]] = {}
            for one in tried(study, model):
                groups.setdefault(one.group, []).append(one)
            found += [_under(study, model, key, held) for key, held in groups.items()]
        return tuple(found)

    def say(self, found: tuple[UnderAttack, ...], /) -> tuple[str, ...]:
        """Say of each model what it keeps at its main radius, always with threat, radius, attacks and n."""
        firsts = list({x.model: x for x in reversed(found) if x.main}.values())[::-1][:SAID]
        return tuple(text for x in firsts for text in (x.remarks or (_sentence(x),)))


def _sentence(x: UnderAttack) -> str:
    main = x.main
    assert main is not None
    kept, span = percent_span(main.worst)
    names = dict.fromkeys([a.name for a in main.attacks] + [a.name for a in x.smallest])
    by = ", ".join(sorted(names, key=lambda name: name == BASELINE))
    return (
        f"Under attack, {main.threat}, {x.model} is right on {kept} of the samples ({span}), from "
        f"{percent_span(x.clean)[0]}: the worst of {by}; a stronger attack may leave less."
    )


def _under(study: Study, model: str, group: str, held: Sequence[Tried]) -> UnderAttack:
    canvas = study.cell(model, study.canvas)
    asked = canvas.position[canvas.good]
    for one in held:
        asked = np.intersect1d(asked, one.cell.position)
    right = np.intersect1d(asked, canvas.position[canvas.good & (canvas.score >= study.right_from)])
    best = nearest(held, right)
    fixed = sorted((one for one in held if not one.minimal), key=lambda one: one.radius)
    radii = {one.radius for one in fixed}
    if len(fixed) < len(held):
        radii |= _between(radii, best[np.isfinite(best)])
    curve = tuple((r, _kept(study, asked, right[best > r])) for r in sorted(radii))
    worst, parts = dict(curve), groupby(fixed, lambda one: one.radius)
    at = tuple(_at(study, model, list(part), worst[r], right) for r, part in parts)
    return UnderAttack(
        model, group, _kept(study, asked, right), curve, at, smallest(held, right, study.level),
        _remarks(model, canvas, right),
    )  # fmt: skip  # fmt: skip


def _remarks(model: str, canvas: Cell, right: Ints) -> tuple[str, ...]:
    n, endless = int(canvas.good.sum()), int((canvas.good & ~canvas.finite).sum())
    said = []
    if endless:
        said.append(
            f"{endless:,} of {n:,} unattacked answers of {model} are not finite; they count as wrong."
        )
    same = np.unique(np.stack((canvas.answer, canvas.confidence), axis=1)[canvas.good], axis=0)
    if n > 1 and len(same) == 1 and not endless:
        same_for_all = f"{model} gives all {n:,} unattacked samples the same answer with the same confidence"
        said.append(f"{same_for_all}: its output hardly depends on its input, and no attack can change it.")
    if not right.size:
        said.append(f"None of the {n:,} samples was right before, so no attack on {model} could break one.")
    return tuple(said)


def _between(radii: AbstractSet[float], reach: Floats) -> set[float]:
    """Return radii at which known distances say what is left, beside those at which attacks were run."""
    if radii:
        return {r * 2.0**k for r in radii for k in AROUND} if len(radii) == 1 else set()
    return {float(r) for r in np.quantile(reach, GRID, method="inverted_cdf")} if reach.size else set()


def _kept(study: Study, asked: Ints, kept: Ints) -> Estimate:
    """The share of the samples asked that are among those kept."""
    return share(study, np.isin(asked, kept), asked)


def _at(study: Study, model: str, part: Sequence[Tried], worst: Estimate, right: Ints) -> AtRadius:
    before: Ints = np.empty(0, np.int64)
    figures = []
    for one in part:
        mine = np.intersect1d(one.broken_at(one.radius), right)
        new = np.setdiff1d(mine, before)
        figures.append(attack_figures(study, model, one, new, part, right))
        before = np.union1d(before, mine)
    return AtRadius(part[0].threat, part[0].radius, worst, tuple(figures))
