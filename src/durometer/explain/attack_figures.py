"""One attack at one radius: what it leaves, what it adds, what it spends, and whether luck does as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from durometer.core import Estimate
from durometer.explain.cells import Ints
from durometer.explain.effects import ALPHA
from durometer.explain.pairs import compare_pair, pair
from durometer.explain.passes import Spent, spent
from durometer.explain.study import Study
from durometer.explain.tried import BASELINE, Tried
from durometer.stats import share_estimate


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


def attack_figures(
    study: Study, model: str, one: Tried, new: Ints, part: Sequence[Tried], right: Ints
) -> AttackFigures:
    """Return the figures of one attack.

    Args:
        study: The record.
        model: The model's name.
        one: What the attack did.
        new: Positions that it broke and no attack before it had.
        part: All attacks at the same radius, where a random search may be.
        right: Positions that were right before.
    """
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
