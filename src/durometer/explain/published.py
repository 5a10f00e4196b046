"""The measures of the literature, each from the rows that a plan happens to hold for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from durometer.core import Estimate, Json, Measure
from durometer.explain.analyses import Analysis
from durometer.explain.corruption_grid import FIFTEEN, grids
from durometer.explain.findings import Effect
from durometer.explain.medmnist_grid import medical_grids
from durometer.explain.sequence_sets import TEN, sequence_sets, tops_of
from durometer.explain.study import Readable, Study
from durometer.measures import MEASURES

SIDES = ("top-center", "middle-left", "middle-right", "bottom-center")
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
FEWEST, MOST_VALUES = 10, 20
"""Members that a group needs, and values that a fact may have, to count as a factor."""


@dataclass(frozen=True)
class Published:
    """One measure of one model.

    Attributes:
        measure: Its registered name.
        about: What it was taken from: `size, 5 %`, `lighting = dim`; empty where the name says all.
        better: `higher` or `lower`.
        experimental: Whether its formula was recalled, not read.
        source: Key in the references file.
    """

    model: str
    measure: str
    about: str
    value: Estimate
    unit: str
    better: str
    experimental: bool
    source: str


@dataclass(frozen=True)
class Asked:
    """A measure with its parameters and the rows it reads."""

    measure: str
    about: str
    params: Mapping[str, Json]
    rows: Mapping[str, np.ndarray[Any, Any]]


class PublishedMeasures(Analysis):
    """Whatever a record holds the conditions for; a measure that is not defined there is left out."""

    name: ClassVar[str] = "published"

    def __call__(self, study: Study, effects: Sequence[Effect], record: Readable, /) -> tuple[Published, ...]:
        found = []
        for model in study.models:
            for asked in _asked(study, model, record):
                measure = MEASURES.make(asked.measure, {**asked.params, "level": study.level})
                value = measure(asked.rows)
                if value.n:
                    found.append(_published(model, asked, measure, value))
        return tuple(found)


def _published(model: str, asked: Asked, measure: Measure, value: Estimate) -> Published:
    told = (type(measure).__doc__ or "").lower()
    return Published(
        model, asked.measure, asked.about, value, measure.unit, measure.better, "recalled" in told,
        measure.source
    )  # fmt: skip


def _asked(study: Study, model: str, record: Readable) -> Iterator[Asked]:
    for finder in (_backgrounds, _worst, _center, _sizes, _noise, _oracle, _texts, _misled, _corruptions):
        yield from finder(study, model)
    yield from _medical(study, model)
    yield from _sequences(study, model, record)
    yield from _focus(model, record)
    yield from _factors(study, model)


def _named(study: Study, model: str, name: str, **params: Json) -> list[tuple[str, Mapping[str, Json]]]:
    """Conditions of a stressor with these parameters that have rows: Spec key and all their parameters."""
    specs = ((key, words["spec"]) for key, words in study.conditions.items() if (model, key) in study.cells)
    held = [(key, spec["params"]) for key, spec in specs if spec["name"] == name]
    return [(key, p) for key, p in held if all(p.get(k) == v for k, v in params.items())]


def rows_of(study: Study, model: str, conditions: Sequence[str]) -> Mapping[str, np.ndarray[Any, Any]]:
    """Return the rows of some conditions as a measure reads them."""
    parts = [_rows(study, model, key) for key in conditions]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _rows(study: Study, model: str, key: str) -> dict[str, np.ndarray[Any, Any]]:
    cell = study.cell(model, key)
    texts = {"condition": key, "model": model}
    return {
        **{name: np.full(cell.at.size, text, object) for name, text in texts.items()},
        "status": np.where(cell.good, "ok", "not-edited").astype(object),
        "position": cell.position, "draw": cell.draw, "score": cell.score, "answer": cell.answer,
        "target": study.texts["target"][cell.at],
    }  # fmt: skip


def _texts(study: Study, model: str) -> Iterator[Asked]:
    worded = [key for key, _ in _named(study, model, "attribute-insertion")]
    name = "MRR" if study.graded else "macro-F1"
    for key in (study.canvas, *worded) if worded else ():
        yield Asked(name, study.title(key), {}, rows_of(study, model, (key,)))
    for key in worded:
        rows = rows_of(study, model, (study.canvas, key))
        yield Asked(f"{name} drop", study.title(key), {"before": study.canvas}, rows)


def _misled(study: Study, model: str) -> Iterator[Asked]:
    for key, _ in _named(study, model, "misleading-twin"):
        rows = rows_of(study, model, (study.canvas, key))
        yield Asked("MVI-Sensitivity", "", {"before": study.canvas}, rows)


def _backgrounds(study: Study, model: str) -> Iterator[Asked]:
    same = _named(study, model, "random-background", of="same class")
    free = _named(study, model, "random-background", of="any")
    if same and free:
        (before, _), (after, _) = same[0], free[0]
        rows = rows_of(study, model, (before, after))
        yield Asked("BG-Gap", "", {"same": before, "random": after}, rows)
        yield Asked("background robustness", "", {"before": before, "after": after}, rows)


def _worst(study: Study, model: str) -> Iterator[Asked]:
    for key, _ in _named(study, model, "worst-background"):
        if study.conditions[key]["role"] != "control":
            yield Asked("challenge accuracy", study.title(key), {}, rows_of(study, model, [key]))


def _center(study: Study, model: str) -> Iterator[Asked]:
    at = {str(p.get("cell")): key for key, p in _named(study, model, "position", at=None)}
    if {"middle-center", *SIDES, *CORNERS} <= set(at):
        sides, corners = [at[s] for s in SIDES], [at[c] for c in CORNERS]
        center = at.get("middle-center", "")
        params = {"center": center, "sides": sides, "corners": corners}
        yield Asked("center bias", "", params, rows_of(study, model, [center, *sides, *corners]))


def _corruptions(study: Study, model: str) -> Iterator[Asked]:
    """Whole benchmarks only: a mean over some corruptions is another number."""
    for grid in grids(study):
        if not grid.missing and all((model, key) in study.cells for key in grid.conditions):
            keys = list(grid.conditions)
            rows = rows_of(study, model, (study.canvas, *keys))
            about, clean = grid.about, {"clean": study.canvas, "conditions": keys}
            if grid.normalized:
                named = {"corruptions": list(FIFTEEN), "conditions": keys}
                yield Asked("mCE", about, named, rows)
                yield Asked("relative mCE", about, {**named, **clean}, rows)
            yield Asked("relative corruption robustness", about, clean, rows)


def _medical(study: Study, model: str) -> Iterator[Asked]:
    """Whole data sets of MedMNIST-C only; rBE says which corruptions it leaves out."""
    for grid in medical_grids(study):
        if grid.whole(study):
            rows = rows_of(study, model, (study.canvas, *grid.conditions))
            yield Asked("BE", grid.about, grid.params, rows)
            about = f"{grid.about}, without {', '.join(grid.guarded)}" if grid.guarded else grid.about
            yield Asked("rBE", about, {**grid.params, "clean": study.canvas}, rows)


def _sequences(study: Study, model: str, record: Readable) -> Iterator[Asked]:
    """Means over the ten sequences of a benchmark, where all of their frames are there."""
    for held in sequence_sets(study):
        if not held.lacking(study, model):
            keys, params = [held.keys[name] for name in TEN[held.profile]], held.asked(TEN[held.profile])
            yield Asked(held.measure, held.about, params, rows_of(study, model, keys))
            if tops := tops_of(record, model, keys):
                yield Asked("mT5D", f"{held.about}, not normalized", params, tops)


def _sizes(study: Study, model: str) -> Iterator[Asked]:
    for key, _ in _named(study, model, "size"):
        rows = rows_of(study, model, (study.canvas, key))
        yield Asked("size bias", study.title(key), {"before": study.canvas, "after": key}, rows)


def _noise(study: Study, model: str) -> Iterator[Asked]:
    on_object = {p["sigma"]: key for key, p in _named(study, model, "region-noise", on="object")}
    behind = {p["sigma"]: key for key, p in _named(study, model, "region-noise", on="background")}
    for sigma in sorted(set(on_object) & set(behind)):
        keys = {"object": on_object[sigma], "background": behind[sigma]}
        yield Asked("RFS", f"sigma {255 * sigma:g}/255", keys, rows_of(study, model, list(keys.values())))


def _factors(study: Study, model: str) -> Iterator[Asked]:
    """Each value of each text fact of the samples, on the unedited canvas."""
    cell = study.cell(model, study.canvas)
    told = [json.loads(text) for text in study.samples["facts"][study.sample_of(cell.position)]]
    names = sorted({name for facts in told for name, value in facts.items() if isinstance(value, str)})
    for name in names:
        column = np.array([facts.get(name) for facts in told], object)
        values = sorted({v for v in column.tolist() if isinstance(v, str)})
        for value in values if len(values) <= MOST_VALUES else ():
            member = column == value
            if FEWEST <= member.sum() < member.size:
                rows = {**rows_of(study, model, [study.canvas])}
                rows["condition"] = np.where(member, "factor", "").astype(object)
                yield Asked("error ratio", f"{name} = {value}", {"group": "factor"}, rows)


def _oracle(study: Study, model: str) -> Iterator[Asked]:
    told = study.manifest.get("models", {})
    oracle = next((name for name in study.models if told.get(name, {}).get("oracle")), "")
    if not oracle or oracle == model:
        return
    for key in study.of_role("edit"):
        mine, its = (rows_of(study, name, (study.canvas, key)) for name in (model, oracle))
        rows = {column: np.concatenate((mine[column], its[column])) for column in mine}
        params = {"oracle": oracle, "model": model, "before": study.canvas, "after": key}
        yield Asked("FMR", study.title(key), params, rows)


def _focus(model: str, record: Readable) -> Iterator[Asked]:
    table = record.table("attributions") if _holds(record) else {}
    for method in sorted(set(table["method"].tolist())) if table else ():
        at = (table["method"] == method) & (table["model"] == model)
        rows = {name: column[at] for name, column in table.items()}
        yield Asked("foreground focus", str(method), {}, rows)


def _holds(record: Readable) -> bool:
    return "attributions" in record.manifest.get("tables", {})
