"""How far networks stand above the accuracy line of reference networks, under each change of a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from durometer.core import Estimate, UsageError, did_you_mean
from durometer.explain.published import rows_of
from durometer.explain.study import Readable, Study
from durometer.measures.effective_robustness import EffectiveRobustness, fitted


@dataclass(frozen=True)
class AboveLine:
    """One network under one change.

    Attributes:
        clean, shifted: Its accuracies, over the samples that all networks answered.
        expected: Where the line of the reference networks has its clean accuracy.
        beyond: Effective robustness: shifted − expected; the interval holds the line's refit.
        slope, intercept: Of the line, on the logit scale.
    """

    model: str
    condition: str
    title: str
    clean: float
    shifted: float
    expected: float
    beyond: Estimate
    slope: float
    intercept: float


def above_the_line(
    record: Readable, references: Sequence[str], *, level: float = 0.95
) -> tuple[AboveLine, ...]:
    """Return, for every other network of a record and every change, its effective robustness.

    Args:
        record: With the rows of all networks, over the same samples.
        references: Names of the networks that the line is fitted to, two at least.
        level: Of the intervals.

    Raises:
        UsageError: a network that the record lacks, no other network, or networks that give no line.
    """
    study = Study.read(record, level=level)
    for name in references:
        if name not in study.models:
            hint = did_you_mean(name, study.models).rstrip(".") or f"It holds {', '.join(study.models)}"
            raise UsageError(f"the record has no network {name!r}", fix=hint)
    others = [name for name in study.models if name not in references]
    if not others:
        raise UsageError("all networks of the record are references", fix="Leave one out")
    return tuple(
        one
        for key in study.of_role("edit")
        for name in others
        if (one := _above(study, name, tuple(references), key))
    )  # fmt: skip


def _above(study: Study, model: str, references: tuple[str, ...], key: str) -> AboveLine | None:
    names = (model, *references)
    if any((name, key) not in study.cells for name in names):
        return None
    parts = [rows_of(study, name, (study.canvas, key)) for name in names]
    rows = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
    measure = EffectiveRobustness(
        before=study.canvas, after=key, model=model, references=references, level=study.level
    )
    beyond = measure(rows)
    if not beyond.n:
        return None
    means = measure.arms(rows).mean(0)
    x, y = (np.log(m) - np.log1p(-m) for m in (means[3::2], means[2::2]))
    slope, intercept = (float(v) for v in fitted(x, y))
    return AboveLine(
        model, key, study.title(key), float(means[1]), float(means[0]), float(means[0]) - beyond.value,
        beyond, slope, intercept,
    )  # fmt: skip
