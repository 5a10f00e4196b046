"""Worst cases: what the worst of many edits costs, beside the worst of as many edits that change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect, Verdict
from durometer.explain.pairs import Pair, compare_pair, pair
from durometer.explain.study import Readable, Study
from durometer.explain.wording import percent_span
from durometer.stats import share_estimate

FAMILY = "search"
Cells = tuple[tuple[Estimate | None, ...], ...]


@dataclass(frozen=True)
class WorstCase:
    """One search and one model; all shares are over the samples that both the search and its null could ask.

    Attributes:
        condition: Spec key.
        candidates: Fewest, median and most candidates that stood to choice for a sample; its null had as
            many.
        accuracy: Share of samples that are right in the worst case.
        null: The same over the null variants.
        difference: Null minus worst case, paired: what the edit costs beyond the picking.
        p_adjusted: Of that difference, corrected for all comparisons of the plan.
        vulnerable: Of the samples right on the unedited canvas, the share that some candidate breaks.
        null_vulnerable: The share of them that some null variant breaks.
        not_searched: Samples for which nothing could be asked, of the search or of its null.
        not_made: Candidates that could not be made for a sample, over all samples.
        places: Accuracy by where the object was put, `places[row][column]`, for searches over places.
    """

    model: str
    condition: str
    title: str
    candidates: tuple[int, int, int]
    accuracy: Estimate
    null: Estimate
    difference: Estimate
    p_adjusted: float
    verdict: Verdict
    vulnerable: Estimate
    null_vulnerable: Estimate
    not_searched: int
    not_made: int
    places: Cells = ()


class Searches(Analysis):
    """One finding a search and model."""

    name: ClassVar[str] = "searches"

    def __call__(self, study: Study, effects: Sequence[Effect], record: Readable, /) -> tuple[WorstCase, ...]:
        found = [e for e in effects if e.family == FAMILY and e.role != "control" and e.control]
        order = {key: i for i, key in enumerate(study.conditions)}
        found.sort(key=lambda e: (order[e.condition], study.models.index(e.model)))
        return tuple(_worst_case(study, effect, record) for effect in found)

    def say(self, found: tuple[WorstCase, ...], /) -> tuple[str, ...]:
        """Speak of the search that costs most beyond its null, if any can be told from chance."""
        worse = [one for one in found if one.verdict == "worse"]
        if not worse:
            return ()
        top = max(worse, key=lambda one: one.difference.low)
        kept, null = (percent_span(e)[0] for e in (top.accuracy, top.null))
        span = percent_span(top.accuracy)[1]
        return (
            f"Searched sample by sample ({top.title}), {top.model} keeps {kept} ({span}); "
            f"in the worst of as many variants that change nothing, {null}.",
        )


def _worst_case(study: Study, effect: Effect, record: Readable) -> WorstCase:
    cell = study.cell(effect.model, effect.condition)
    aligned = pair(study.cell(effect.model, effect.control), cell)
    null, worst = aligned.scores
    result = compare_pair(study, aligned)
    facts = [json.loads(text) for text in study.texts["facts"][cell.at[cell.good]].tolist()]
    return WorstCase(
        model=effect.model,
        condition=effect.condition,
        title=effect.title,
        candidates=_spread(f.get("candidates", 0) for f in facts),
        accuracy=_share(study, worst, aligned.unit),
        null=_share(study, null, aligned.unit),
        difference=result.drop,
        p_adjusted=effect.p_adjusted,
        verdict=effect.verdict,
        vulnerable=_broken(study, effect.model, aligned, worst),
        null_vulnerable=_broken(study, effect.model, aligned, null),
        not_searched=int(np.unique(cell.position).size - np.unique(aligned.unit).size),
        not_made=sum(int(f.get("not_made", 0)) for f in facts),
        places=_places(study, effect, record),
    )


def _share(study: Study, scores: Any, unit: Any) -> Estimate:
    return share_estimate(scores, units=unit, clusters=study.clusters(unit), level=study.level)


def _broken(study: Study, model: str, aligned: Pair, scores: Any) -> Estimate:
    """The share of samples right on the canvas whose worst case is wrong."""
    canvas = study.cell(model, study.canvas)
    right = np.isin(aligned.unit, canvas.position[canvas.good & (canvas.score >= 0.5)])
    return _share(study, (scores[right] < 0.5).astype(np.float64), aligned.unit[right])


def _spread(counts: Iterable[int]) -> tuple[int, int, int]:
    listed = sorted(counts) or [0]
    return listed[0], listed[len(listed) // 2], listed[-1]


def _places(study: Study, effect: Effect, record: Readable) -> Cells:
    """Return accuracy by place from the candidates, where they have places."""
    if study.stressor(effect.condition) != "worst-position":
        return ()
    wanted = {"condition": effect.condition, "model": effect.model}
    asked = record.table("searches", ["position", "x", "y", "score"], where=wanted)
    side = int(study.conditions[effect.condition]["spec"]["params"]["side"])
    column, row = (np.floor(asked[name] * side).astype(np.int64) for name in ("x", "y"))
    return tuple(
        tuple(_cell(study, asked, (row == i) & (column == j)) for j in range(side)) for i in range(side)
    )


def _cell(study: Study, asked: Mapping[str, Any], here: Any) -> Estimate | None:
    score = asked["score"][here].astype(np.float64)
    return _share(study, score, asked["position"][here]) if here.any() else None
