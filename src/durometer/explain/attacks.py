"""Under attack: accuracy against the radius, what each attack adds and costs, whether luck does as well."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

import numpy as np

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.cells import Ints
from durometer.explain.effects import ALPHA
from durometer.explain.findings import Effect
from durometer.explain.pairs import compare_pair, pair
from durometer.explain.passes import Spent, share, spent
from durometer.explain.smallest import Smallest, nearest, smallest
from durometer.explain.study import Readable, Study
from durometer.explain.tried import BASELINE, Floats, Tried, tried
from durometer.explain.wording import percent_span
from durometer.stats import share_estimate

SAID = 3
"""Models that get a sentence in the headline."""
GRID = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Shares of the broken at whose distances a curve has its points where no radius was fixed."""
AROUND = (-3, -2, -1, 1, 2)
"""Doublings of the only fixed radius at which a curve has further points where distances are known."""


@dataclass(frozen=True)
class AgainstLuck:
    """An attack beside a random search in the same set.

    Attributes:
        queries: What the random search asked for each sample at most.
        gain: The share of samples that the attack breaks and luck does not, less the reverse; paired.
    """

    queries: int
    gain: Estimate
    p: float


@dataclass(frozen=True)
class AttackFigures:
    """One attack at one radius.

    Attributes:
        condition: Spec key.
        accuracy: Share of samples still right under it alone.
        added: Samples right before that it broke and no attack before it in the plan had.
        stages: Samples right before that each part of an ensemble broke and the parts before it had not, in
            the order in which they ran; parts that broke none are not named.
        spent: Passes; None where the attack does not say.
        luck: None where the plan holds no random search in the same set, and for that search itself.
    """

    condition: str
    title: str
    name: str
    accuracy: Estimate
    added: int
    stages: tuple[tuple[str, int], ...]
    spent: Spent | None
    luck: AgainstLuck | None

    @property
    def beats_luck(self) -> bool:
        """Whether it breaks more than a random search does, beyond chance; True where there is none."""
        return self.luck is None or (self.luck.gain.value > 0 and self.luck.p < ALPHA)


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
    """

    model: str
    asked: str
    clean: Estimate
    curve: tuple[tuple[float, Estimate], ...]
    at: tuple[AtRadius, ...]
    smallest: tuple[Smallest, ...]

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
        firsts = {x.model: x for x in reversed(found) if x.main}
        return tuple(_sentence(x) for x in list(firsts.values())[::-1][:SAID])


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
        model, group, _kept(study, asked, right), curve, at, smallest(held, right, study.level)
    )  # fmt: skip


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
        figures.append(_figures(study, model, one, new, part, right))
        before = np.union1d(before, mine)
    return AtRadius(part[0].threat, part[0].radius, worst, tuple(figures))


def _figures(
    study: Study, model: str, one: Tried, new: Ints, part: Sequence[Tried], right: Ints
) -> AttackFigures:
    cell = one.cell
    accuracy = share_estimate(
        cell.score, units=cell.position, clusters=study.clusters(cell.position), level=study.level
    )
    return AttackFigures(
        one.condition, one.title, one.name, accuracy, new.size, _stages(one, right),
        spent(study, one, right), _luck(study, model, one, part),
    )  # fmt: skip


def _stages(one: Tried, right: Ints) -> tuple[tuple[str, int], ...]:
    """Count what each part of an ensemble broke; parts run one after the other, so later ones cost more."""
    first: dict[str, float] = {}
    added: dict[str, set[int]] = {}
    for i in np.flatnonzero(one.broken & np.isin(one.cell.position, right)).tolist():
        if stage := one.stage[i]:
            first[stage] = min(first.get(stage, np.inf), float(one.passes[i]))
            added.setdefault(stage, set()).add(int(one.cell.position[i]))
    return tuple((stage, len(added[stage])) for stage in sorted(first, key=first.__getitem__))


def _luck(study: Study, model: str, one: Tried, part: Sequence[Tried]) -> AgainstLuck | None:
    """Hold an attack against the smallest random search that may ask as much as it, else the largest."""
    searches = {_queries(study, x): x for x in part if x.name == BASELINE}
    if one.name == BASELINE or not searches:
        return None
    most = float(np.nan_to_num(one.passes, nan=0.0).max(initial=0.0))
    queries = next((q for q in sorted(searches) if q >= most - 1), max(searches))  # 1: the untouched input
    result = compare_pair(
        study, pair(study.cell(model, searches[queries].condition), study.cell(model, one.condition))
    )
    return AgainstLuck(queries, result.drop, result.p)


def _queries(study: Study, one: Tried) -> int:
    return int(study.conditions[one.condition]["spec"]["params"].get("queries", 1))
