"""Failure points: how many samples outlast how severe an edit; those that never failed are censored."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from durometer.attack.searches import SEARCHES
from durometer.core import Estimate, Json
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.searches import FAMILY
from durometer.explain.study import Readable, Study
from durometer.stats import kaplan_meier, median, restricted_mean, share_at


@dataclass(frozen=True)
class FailurePoints:
    """How long the samples that one model knew lasted along one axis, from its mild end to its severe one.

    Samples wrong on the unedited canvas have no failure point and are left out; only the first draw is used.

    Attributes:
        condition: Spec key.
        unit: Of the values.
        points: (depth, value, share still right beyond) at the mild end of the axis, depth 0, and at each
            failure point, the severe end being depth 1.
        ticks: (depth, value) at the quarters of the axis.
        median: The value by which half have failed; None if they never have.
        median_low, median_high: Its interval, mild to severe; None where it has no end.
        area: The mean depth survived, as a share of the axis: the area under the curve, 1 if nobody failed.
        n: Samples; `failed` of them have a failure point, `censored` survived all that could be made of them.
        wrong_before: Samples left out because the model was wrong on the canvas.
        not_searched: Samples for which nothing could be asked.
        weakest: Where several axes are tried: how often each was the first to fail.
    """

    model: str
    condition: str
    title: str
    unit: str
    points: tuple[tuple[float, float, Estimate], ...]
    ticks: tuple[tuple[float, float], ...]
    median: float | None
    median_low: float | None
    median_high: float | None
    area: Estimate
    n: int
    failed: int
    censored: int
    wrong_before: int
    not_searched: int
    weakest: Mapping[str, int] = field(default_factory=dict)


class Failures(Analysis):
    """One finding a search along an axis and model."""

    name: ClassVar[str] = "failures"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[FailurePoints, ...]:
        words = study.conditions
        keys = [k for k in words if words[k]["family"] == FAMILY and words[k]["role"] != "control"]
        found = (_points(study, model, key) for key in keys for model in study.models)
        return tuple(f for f in found if f is not None)


def _points(study: Study, model: str, condition: str) -> FailurePoints | None:
    cell, canvas = study.cell(model, condition), study.cell(model, study.canvas)
    first = cell.draw == 0
    known = np.isin(cell.position, canvas.position[canvas.good & (canvas.score >= 0.5)])
    texts = study.texts["facts"][cell.at[first & known & cell.good]].tolist()
    facts = [f for f in map(json.loads, texts) if "depth" in f]
    if not facts:
        return None
    depth = np.array([f["depth"] for f in facts])
    failed = np.array([not f["censored"] for f in facts])
    curve = kaplan_meier(depth, failed)
    middle = median(curve, study.level)
    times = sorted({0.0, *curve.time.tolist()})
    words = study.conditions[condition]
    values = _scale(words)
    return FailurePoints(
        model=model,
        condition=condition,
        title=study.title(condition),
        unit=str(words["unit"]),
        points=tuple((t, values(t), share_at(curve, t, study.level)) for t in times),
        ticks=tuple((q / 4, values(q / 4)) for q in range(5)),
        median=_finite(middle.value, values),
        median_low=_finite(middle.low, values),
        median_high=_finite(middle.high, values),
        area=restricted_mean(depth, failed, 1.0, study.level),
        n=curve.n,
        failed=int(failed.sum()),
        censored=curve.censored,
        wrong_before=int((first & cell.good & ~known).sum()),
        not_searched=int((first & ~cell.good).sum()),
        weakest=dict(
            Counter(f["weakest"] for f in facts if "weakest" in f and not f["censored"]).most_common()
        ),
    )


def _scale(words: Mapping[str, Json]) -> Callable[[float], float]:
    """Return what turns depths into the axis's own values; depths themselves where there are several axes."""
    spec = words["spec"]
    params = {k: v for k, v in spec["params"].items() if k != "null"}
    span = getattr(SEARCHES.make(spec["name"], params), "span", None) if spec["name"] in SEARCHES else None
    return (lambda depth: depth) if span is None else span.value


def _finite(depth: float, values: Callable[[float], float]) -> float | None:
    return values(depth) if math.isfinite(depth) else None
