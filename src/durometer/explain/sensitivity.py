"""MVI-Sensitivity of a record of normal and misleading pictures, overall and by category."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.study import Readable, Study
from durometer.explain.wording import percent_span
from durometer.measures.mvi_sensitivity import Sensitivity, sensitivities
from durometer.stats import holm

TWIN = "misleading-twin"


@dataclass(frozen=True)
class Misled:
    """One category of pairs, or all of them, for one model.

    Attributes:
        found: The figures.
        p_adjusted: Holm's over all categories of all models; that of all pairs is in no family with them.
    """

    model: str
    found: Sensitivity
    p_adjusted: float


class Sensitivities(Analysis):
    """What misleading twins cost each model, by category; nothing in a record without such pairs."""

    name: ClassVar[str] = "MVI-Sensitivity"

    def __call__(self, study: Study, effects: Sequence[Effect], record: Readable, /) -> tuple[Misled, ...]:
        twin = next((key for key in study.conditions if study.stressor(key) == TWIN), None)
        if twin is None:
            return ()
        category = [str(json.loads(text).get("category", "")) for text in study.samples["facts"].tolist()]
        found = [
            Misled(model, one, one.p)
            for model in study.models
            for one in sensitivities(
                _rows(study, model, twin), category, before=study.canvas, level=study.level
            )
        ]
        parts = [m for m in found if m.found.category != "all"]
        adjusted = iter(holm([m.found.p for m in parts]).tolist())
        return tuple(m if m.found.category == "all" else replace(m, p_adjusted=next(adjusted)) for m in found)

    def say(self, found: Sequence[Misled], /) -> tuple[str, ...]:
        """Return one sentence a model."""
        return tuple(_sentence(m) for m in found if m.found.category == "all")


def _rows(study: Study, model: str, twin: str) -> dict[str, np.ndarray]:
    cells = {key: study.cell(model, key) for key in (study.canvas, twin)}
    columns = {
        name: np.concatenate([getattr(cell, name) for cell in cells.values()])
        for name in ("position", "draw", "score")
    }
    condition = np.repeat(np.array(list(cells), object), [cell.at.size for cell in cells.values()])
    good = np.concatenate([cell.good for cell in cells.values()])
    return {**columns, "condition": condition, "status": np.where(good, "ok", "not-edited").astype(object)}


def _sentence(m: Misled) -> str:
    share, interval = percent_span(m.found.sensitivity)
    return f"MVI-Sensitivity of {m.model}: {share} of the accuracy on normal pictures is lost ({interval})."
