"""Low resolution over several data sets, one record each: WAR and the plain mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from durometer.core import Estimate, UsageError
from durometer.explain.resolution import arm, chance, sides
from durometer.explain.study import Readable, Study
from durometer.measures.normalizers import LOW_RESOLUTION_WEIGHTS, normalizers
from durometer.measures.war import WAR


@dataclass(frozen=True)
class Across:
    """One model at one resolution over all data sets.

    Attributes:
        side: Short side in pixels.
        weighted: WAR.
        plain: The same with equal weights.
        each: Data set -> its Γ alone.
    """

    model: str
    side: int
    weighted: Estimate
    plain: Estimate
    each: Mapping[str, Estimate]


def across_resolutions(
    records: Mapping[str, Readable],
    *,
    weights: Mapping[str, float] | None = None,
    kernel: str = "bicubic",
    level: float = 0.95,
) -> tuple[Across, ...]:
    """Put records of several data sets together, for each model and resolution that all of them hold.

    Intervals are by bootstrap over the samples within each data set: they speak of other samples of these
    data sets, not of other data sets.

        records = {"imagenet": Record.open("runs/imagenet"), "dtd": Record.open("runs/dtd")}
        for one in across_resolutions(records):
            print(one.model, one.side, one.weighted.value, one.plain.value)

    Args:
        records: Name of the data set -> its record of the suite `lowres`. Models are the same where their
            names are.
        weights: Name -> weight; as published if not given, for data sets of LR0.FM by its names.
        kernel: Filter of the conditions that count.
        level: Of the intervals.

    Returns:
        Models in the order of the first record, resolutions rising.

    Raises:
        UsageError: a data set without a weight, or no model and resolution that all records hold.
    """
    share = _weights(tuple(records), weights)
    studies = {name: Study.read(record, level=level) for name, record in records.items()}
    held = {name: sides(study).get(kernel, {}) for name, study in studies.items()}
    found = tuple(
        _across(studies, held, model, side, share, level)
        for model in next(iter(studies.values())).models
        for side in sorted(set.intersection(*(set(by_side) for by_side in held.values())))
        if all((model, held[name][side]) in study.cells for name, study in studies.items())
    )
    if not found:
        raise UsageError(
            "the records share no model at any resolution", fix="Run the suite lowres on each data set"
        )
    return found


def _weights(names: tuple[str, ...], given: Mapping[str, float] | None) -> tuple[float, ...]:
    if not names:
        raise UsageError("there are no records to put together")
    return normalizers(names, LOW_RESOLUTION_WEIGHTS if given is None else given, of="WAR")


def _across(
    studies: Mapping[str, Study],
    held: Mapping[str, Mapping[int, str]],
    model: str,
    side: int,
    weights: tuple[float, ...],
    level: float,
) -> Across:
    arms = []
    for name, study in studies.items():
        arms += [arm(study, model, study.canvas, f"{name} high")]
        arms += [arm(study, model, held[name][side], f"{name} low")]
    rows = {column: np.concatenate([part[column] for part in arms]) for column in arms[0]}
    guess = {name: chance(study, model) for name, study in studies.items()}

    def war(names: tuple[str, ...], share: tuple[float, ...]) -> Estimate:
        high, low = (tuple(f"{name} {what}" for name in names) for what in ("high", "low"))
        measure = WAR(names, high, low, tuple(guess[n] for n in names), share, level)
        return measure(rows)

    every = tuple(studies)
    each = {name: war((name,), (1.0,)) for name in every}
    return Across(model, side, war(every, weights), war(every, (1.0,) * len(every)), each)
