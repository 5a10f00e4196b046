"""One model as a whole: before any change, over all edits, and its place among the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Json, Rows
from durometer.explain.findings import Effect, ModelFigures, Rank
from durometer.explain.pairs import Pair, pair
from durometer.explain.study import Readable, Study
from durometer.measures.topk import in_top
from durometer.stats import graded_mean, rank_ranges, share_estimate
from durometer.stats.cluster import unit_means

Floats = npt.NDArray[np.float64]
FEW_CLASSES = 5


def figures(study: Study, record: Readable) -> tuple[ModelFigures, ...]:
    """Return each model's figures before anything is changed."""
    top5 = _top5(study, record)
    return tuple(_figures(study, model, top5.get(model)) for model in study.models)


def _figures(study: Study, model: str, top5: Estimate | None) -> ModelFigures:
    words = study.manifest["models"].get(model, {})
    original, canvas = study.cell(model, study.original), study.cell(model, study.canvas)
    both = pair(original, canvas)
    changed = original.answer[both.before] != canvas.answer[both.after]
    nan = sum(int((~cell.finite).sum()) for (name, _), cell in study.cells.items() if name == model)
    return ModelFigures(
        name=model,
        digest=str(words.get("digest", "")),
        own_view=accuracy(study, model, study.original) if original.at.size else None,
        canvas=accuracy(study, model, study.canvas),
        top5=top5,
        changed_by_canvas=int(changed.sum()),
        changed_of=changed.size,
        nan_outputs=nan,
        cut_share=words.get("cut_share"),
        guesses=tuple(str(g) for g in words.get("guesses", ())),
    )


def accuracy(study: Study, model: str, condition: str) -> Estimate:
    """Return the accuracy of a cell over all samples that were put to the model."""
    cell = study.cell(model, condition)
    unit = cell.position[cell.good]
    return share_estimate(cell.score[cell.good], units=unit, clusters=study.clusters(unit), level=study.level)


def _top5(study: Study, record: Readable) -> Mapping[str, Estimate]:
    many = {m for m in study.models if _classes(study.manifest["models"].get(m, {})) > FEW_CLASSES}
    if not many or study.graded:
        return {}
    outputs: Rows = record.table(
        "outputs", ["position", "model", "draw", "top"], where={"condition": study.canvas}
    )
    estimates = {}
    for name in sorted(many):
        cell = study.cell(name, study.canvas)
        mine = np.flatnonzero(outputs["model"] == name)
        order = mine[np.argsort(outputs["position"][mine], kind="stable")]
        if not np.array_equal(outputs["position"][order], cell.position):
            continue  # a record without top answers for every row
        hits = in_top(study.texts["target"][cell.at], outputs["top"][order], FEW_CLASSES)
        estimates[name] = share_estimate(hits, clusters=study.clusters(cell.position), level=study.level)
    return estimates


def _classes(words: Mapping[str, Json]) -> int:
    """How many outputs compete for an answer."""
    return len(words.get("among") or words.get("labels") or ())


def mean_drops(study: Study, found: Sequence[Effect]) -> Mapping[str, Estimate]:
    """Return each model's mean drop over the edits; samples are the units, so edits may share them."""
    return {m: graded_mean(sample_losses(study, m, found), study.level)[0] for m in study.models}


def sample_losses(study: Study, model: str, found: Sequence[Effect]) -> Floats:
    """Return (N,) one loss a sample whose mean is the mean over edits of the drop.

    A sample that an edit could not change has no part in that edit's drop; the others stand in for it.
    """
    # the worst of many edits is no edit of its own: searches have their own table
    mine = [e for e in found if e.role == "edit" and e.family != "search" and e.model == model]
    edits = [e.condition for e in mine if e.drop.n > 0]
    canvas = study.cell(model, study.canvas)
    total = np.zeros(study.samples["position"].size)
    used = np.zeros(total.size, bool)
    for condition in edits:
        at, change = _unit_change(study, pair(canvas, study.cell(model, condition)))
        total[at] += change / (change.size * len(edits))
        used[at] = True
    return total[used] * int(used.sum())


def _unit_change(study: Study, aligned: Pair) -> tuple[npt.NDArray[np.int64], Floats]:
    before, after = aligned.scores
    means, _ = unit_means(before - after, aligned.unit, None)
    return study.sample_of(np.unique(aligned.unit)), means


def ranks(study: Study, found: Sequence[Effect]) -> tuple[Rank, ...]:
    """Return the places that models may hold by mean drop, best first; empty for one model."""
    losses = {model: sample_losses(study, model, found) for model in study.models}
    if len(losses) < 2 or len({loss.size for loss in losses.values()}) > 1:
        return ()  # edits do not ask the model: models share their samples unless a record is cut short
    places = rank_ranges(losses)
    means = mean_drops(study, found)
    order = sorted(study.models, key=lambda m: (places[m], means[m].value, m))
    return tuple(Rank(m, means[m], *places[m]) for m in order)
