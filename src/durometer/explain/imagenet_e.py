"""ImageNet-E's table: the drop of each edit and the average of ten, published images and own ones apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.data.imagenet_e import AVERAGED, CONTROL, EDITS
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.pairs import Pair, compare_pair, pair
from durometer.explain.slots import How, slots
from durometer.explain.study import Readable, Study
from durometer.explain.wording import digits_for, number, span
from durometer.stats import graded_mean, rank_ranges, share_estimate
from durometer.stats.cluster import unit_means
from durometer.stats.combined import mean_of_means

Floats = npt.NDArray[np.float64]
Changes = tuple[npt.NDArray[np.int64], Floats]
"""Samples, and how much each lost."""
ORDER = tuple(edit.key for edit in EDITS)


@dataclass(frozen=True)
class EditDrop:
    """One cell of the table.

    Attributes:
        edit: Its key in `durometer.data.imagenet_e`.
        condition: Spec key.
        title: Of the condition.
        drop: Accuracy lost against `against`, paired.
        against: What the drop is counted from, in words.
        not_edited: Samples that this edit could not change.
    """

    edit: str
    condition: str
    title: str
    drop: Estimate
    against: str
    not_edited: int


@dataclass(frozen=True)
class EditTable:
    """One model's row.

    Attributes:
        how: `images`: the published images, against the stored originals. `images-beyond`: the same against
            the published images in which nothing was changed (Inver). `as-published`: made here as the
            published toolkit does, against the unedited canvas. `isolated`: made here one attribute at a
            time, against the edit's control.
        reference: Accuracy that drops are counted from, over the samples of any edit; None where each edit
            has its own reference.
        edits: In the order of the table, as far as they were measured.
        missing: Edits of the average that were not measured.
        average: Mean of the drops of the average's edits; each drop over the samples that this edit could
            change, the interval over samples, which the edits share.
        complete: The same over the samples that every one of them could change.
        best, worst: Places that the model may hold by its average; 0 where models can't be ranked.
    """

    model: str
    how: How
    reference: Estimate | None
    edits: tuple[EditDrop, ...]
    missing: tuple[str, ...]
    average: Estimate
    complete: Estimate
    best: int = 0
    worst: int = 0


@dataclass(frozen=True)
class EditDifference:
    """How much more an edit costs as published than by itself, over samples measured both ways.

    `edit` is empty for the difference of the averages.
    """

    model: str
    edit: str
    difference: Estimate


class ImageNetE(Analysis):
    """All rows of the table, then the differences of the two ways to make an edit here."""

    name: ClassVar[str] = "imagenet_e"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[EditTable | EditDifference, ...]:
        places = slots(study)
        tables: list[EditTable] = []
        for how, keys in places.items():
            measured = {model: _changes(study, model, how, keys) for model in study.models}
            made = [_table(study, model, how, keys, measured[model]) for model in study.models]
            tables += _ranked([t for t in made if t.edits], measured)
        return (*tables, *_differences(study, places))

    def say(self, found: tuple[EditTable | EditDifference, ...], /) -> tuple[str, ...]:
        """Give the average of each model, of published images first."""
        tables = [x for x in found if isinstance(x, EditTable) and x.how in ("images", "as-published")]
        return tuple(_sentence(table) for table in tables if table.average.n)


def _changes(study: Study, model: str, how: How, keys: Mapping[str, str]) -> dict[str, Changes]:
    """Return, for each edit that was measured, what its samples lost."""
    found = {edit: _lost(_pair(study, model, how, key, keys)) for edit, key in keys.items()}
    return {edit: found[edit] for edit in ORDER if edit in found and found[edit][0].size}


def _pair(study: Study, model: str, how: How, key: str, keys: Mapping[str, str]) -> Pair:
    return pair(study.cell(model, _reference(study, how, key, keys)), study.cell(model, key))


def _reference(study: Study, how: How, key: str, keys: Mapping[str, str]) -> str:
    """The condition that an edit's drop is counted from."""
    if how == "images-beyond":
        return keys[CONTROL]
    if how == "images":
        return study.original
    control = str(study.conditions[key].get("control") or "")
    return control if how == "isolated" and control in study.conditions else study.canvas


def _lost(aligned: Pair) -> Changes:
    before, after = aligned.scores
    return np.unique(aligned.unit), unit_means(before - after, aligned.unit, None)[0]


def _table(
    study: Study, model: str, how: How, keys: Mapping[str, str], changes: Mapping[str, Changes]
) -> EditTable:
    edits = tuple(
        _edit(study, model, how, edit, keys) for edit in changes if how != "images-beyond" or edit != CONTROL
    )
    averaged = [changes[edit] for edit in AVERAGED if edit in changes]
    return EditTable(
        model=model,
        how=how,
        reference=_accuracy(study, model, how, changes),
        edits=edits,
        missing=tuple(edit for edit in AVERAGED if edit not in changes),
        average=graded_mean(_losses(averaged), study.level)[0],
        complete=graded_mean(_complete(averaged), study.level)[0],
    )


def _edit(study: Study, model: str, how: How, edit: str, keys: Mapping[str, str]) -> EditDrop:
    key = keys[edit]
    aligned = _pair(study, model, how, key, keys)
    bad = ~aligned.other.good
    return EditDrop(
        edit, key, study.title(key), compare_pair(study, aligned).drop,
        study.title(_reference(study, how, key, keys)), int(np.unique(aligned.other.position[bad]).size),
    )  # fmt: skip


def _accuracy(study: Study, model: str, how: How, changes: Mapping[str, Changes]) -> Estimate | None:
    """The accuracy that drops are counted from, over the samples that some edit could change."""
    if how in ("isolated", "images-beyond"):
        return None
    cell = study.cell(model, study.original if how == "images" else study.canvas)
    kept = cell.good & np.isin(cell.position, _samples([*changes.values()]))
    unit = cell.position[kept]
    return share_estimate(cell.score[kept], units=unit, clusters=study.clusters(unit), level=study.level)


def _samples(parts: Sequence[Changes]) -> npt.NDArray[np.int64]:
    """The samples of any part, ascending."""
    return np.unique(np.concatenate([np.empty(0, np.int64), *(at for at, _ in parts)]))


def _losses(parts: Sequence[Changes]) -> Floats:
    """Return one loss a sample whose mean is the mean of the edits' drops; samples of no edit are absent."""
    if not parts:
        return np.empty(0)
    whole = _samples(parts)
    return mean_of_means([(np.searchsorted(whole, at), values) for at, values in parts], whole.size)


def _complete(parts: Sequence[Changes]) -> Floats:
    """Return the mean loss over the edits of each sample that all of them could change."""
    if not parts:
        return np.empty(0)
    shared = parts[0][0]
    for at, _ in parts[1:]:
        shared = np.intersect1d(shared, at)
    means: Floats = np.mean([values[np.searchsorted(at, shared)] for at, values in parts], axis=0)
    return means


def _ranked(tables: Sequence[EditTable], measured: Mapping[str, Mapping[str, Changes]]) -> list[EditTable]:
    """Give each model the places it may hold; only models measured on the same samples can be ranked."""
    losses = {
        t.model: _losses([measured[t.model][e] for e in AVERAGED if e in measured[t.model]]) for t in tables
    }
    if (
        len(tables) < 2
        or len({(t.missing, losses[t.model].size) for t in tables}) > 1
        or not tables[0].average.n
    ):
        return list(tables)
    places = rank_ranges(losses)
    return [replace(t, best=places[t.model][0], worst=places[t.model][1]) for t in tables]


def _differences(study: Study, places: Mapping[How, Mapping[str, str]]) -> Iterator[EditDifference]:
    """Yield as published minus isolated, edit by edit and on average, where both were measured."""
    ours: tuple[How, How] = ("as-published", "isolated")
    if not all(how in places for how in ours):
        return
    for model in study.models:
        one, other = (_changes(study, model, how, places[how]) for how in ours)
        parts = [(edit, _minus(one[edit], other[edit])) for edit in AVERAGED if edit in one and edit in other]
        parts = [(edit, part) for edit, part in parts if part[0].size]
        for edit, (_, values) in parts:
            yield EditDifference(model, edit, graded_mean(values, study.level)[0])
        if parts:
            losses = _losses([part for _, part in parts])
            yield EditDifference(model, "", graded_mean(losses, study.level)[0])


def _minus(one: Changes, other: Changes) -> Changes:
    shared = np.intersect1d(one[0], other[0])
    first, second = (values[np.searchsorted(at, shared)] for at, values in (one, other))
    return shared, first - second


TITLES: Mapping[Literal["images", "as-published"], str] = {
    "images": "ImageNet-E, published images",
    "as-published": "ImageNet-E-style edits made here, as published",
}


def _sentence(table: EditTable) -> str:
    count = len(AVERAGED) - len(table.missing)
    value = number(table.average.value, digits_for(table.average))
    title = TITLES["images" if table.how == "images" else "as-published"]
    return (
        f"{title}: {table.model} loses {value} points ({span(table.average)}, n = {table.average.n:,}) "
        f"on average of {count} edits."
    )
