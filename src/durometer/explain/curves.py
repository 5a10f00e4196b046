"""Accuracy against severity, one curve an axis and model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from durometer.core import Estimate
from durometer.explain.findings import Curve, Effect
from durometer.explain.overall import accuracy
from durometer.explain.study import Study


def curves(study: Study, found: Sequence[Effect]) -> tuple[Curve, ...]:
    """Return a curve for each axis on which edits of one stressor stand at two severities or more.

    The axis alone names the curve where one stressor uses it; else the stressor's name is added.
    """

    def key(e: Effect) -> tuple[str, str, str, str]:
        return e.axis, e.unit, study.stressor(e.condition), e.model

    edits = sorted(
        (e for e in found if e.role == "edit" and e.family != "attack" and e.accuracy.n > 0), key=key
    )
    groups = [(k, tuple(members)) for k, members in groupby(edits, key)]
    drawn = [(k, members) for k, members in groups if len({e.severity for e in members}) > 1]
    stressors = {(axis, name) for (axis, _, name, _), _ in drawn}
    shared = {axis for axis, _ in stressors if sum(a == axis for a, _ in stressors) > 1}
    return tuple(
        Curve(
            model=model,
            axis=f"{axis} ({name})" if axis in shared else axis,
            unit=unit,
            points=_points(members),
            canvas=accuracy(study, model, study.canvas),
        )
        for (axis, unit, name, model), members in drawn
    )


def _points(members: Iterable[Effect]) -> tuple[tuple[float, Estimate], ...]:
    return tuple((e.severity, e.accuracy) for e in sorted(members, key=lambda e: e.severity))
