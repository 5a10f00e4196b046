"""Accuracy by group: every combination of the values of some facts, and the worst of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from durometer.core import Estimate, UsageError, did_you_mean
from durometer.explain.facts import Attribute, attributes
from durometer.explain.study import Readable, Study
from durometer.stats import share_estimate


@dataclass(frozen=True)
class Groups:
    """The groups of one model under one condition.

    Attributes:
        names: Of each group: `(("class", "waterbird"), ("background", "land"))`.
        accuracy: Of each group.
        mean: The mean over groups, each counted once, without an interval.
        worst: The lowest. It is the lowest of many: its interval is widened (Bonferroni), so that no group
            lies below it more often than its level says.
        left_out: Groups with fewer samples than asked for.
    """

    model: str
    condition: str
    names: tuple[tuple[tuple[str, str], ...], ...]
    accuracy: tuple[Estimate, ...]
    mean: float
    worst: Estimate
    left_out: int


def group_accuracy(
    record: Readable,
    by: Sequence[str],
    *,
    condition: str = "",
    least: int = 1,
    level: float = 0.95,
) -> tuple[Groups, ...]:
    """Return accuracy by group of every model in a record; draws of a sample are averaged first.

    Args:
        record: A `durometer.records.Record`.
        by: Facts that make the groups; `class` is the label. Numbers are cut at their quartiles.
        condition: Spec key; the unedited canvas if not given.
        least: Samples that a group must have.
        level: Of the intervals.

    Raises:
        UsageError: there is no such fact, or no group is large enough.
    """
    study = Study.read(record, level=level)
    known = {a.name: a for a in attributes(study)}
    for name in by:
        if name not in known:
            raise UsageError(
                f"the samples have no fact {name!r} that divides them", where="groups",
                fix=did_you_mean(name, known).rstrip(".?") or f"There are {', '.join(sorted(known))}",
            )  # fmt: skip
    chosen = [known[name] for name in by]
    return tuple(_of_model(study, model, condition or study.canvas, chosen, least) for model in study.models)


def _of_model(study: Study, model: str, condition: str, chosen: Sequence[Attribute], least: int) -> Groups:
    cell = study.cell(model, condition)
    position, score = cell.position[cell.good], cell.score[cell.good]
    at = study.sample_of(position)
    codes = np.stack([a.codes[at] for a in chosen], axis=1)
    found, of = np.unique(codes, axis=0, return_inverse=True)
    known = [g for g in range(len(found)) if (found[g] >= 0).all()]
    sizes = {g: np.unique(position[of == g]).size for g in known}
    kept = [g for g in known if sizes[g] >= least]
    if not kept:
        raise UsageError(f"no group has {least} samples", where=f"groups of {model}", fix="Lower least")

    def accuracy(group: int, level: float) -> Estimate:
        return share_estimate(score[of == group], units=position[of == group], level=level)

    each = tuple(accuracy(g, study.level) for g in kept)
    worst = min(range(len(kept)), key=lambda i: each[i].value)
    return Groups(
        model=model,
        condition=condition,
        names=tuple(
            tuple((a.name, a.values[int(c)]) for a, c in zip(chosen, found[g], strict=True)) for g in kept
        ),
        accuracy=each,
        mean=float(np.mean([e.value for e in each])),
        worst=accuracy(kept[worst], 1 - (1 - study.level) / len(kept)),
        left_out=len(known) - len(kept),
    )
