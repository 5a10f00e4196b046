"""What low resolution leaves of a model: accuracy and the two robustnesses of LR0.FM, by short side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.overall import accuracy
from durometer.explain.published import rows_of
from durometer.explain.study import Readable, Study
from durometer.measures.relative_robustness import RelativeCorruptionRobustness
from durometer.measures.war import WAR


@dataclass(frozen=True)
class AtSide:
    """One model at one resolution.

    Attributes:
        side: Short side that was left, in pixels.
        condition: Spec key.
        relative: γ, accuracy there / accuracy at full resolution.
        improved: Γ, γ times a factor that is 0 for a model that guesses at full resolution.
    """

    side: int
    condition: str
    accuracy: Estimate
    relative: Estimate
    improved: Estimate


@dataclass(frozen=True)
class ResolutionCurve:
    """One model under one filter, sides rising.

    Attributes:
        filter: `bicubic`, as LR0.FM, or `bilinear`.
        full: Accuracy on the canvas.
        chance: Accuracy of guessing: one in as many answers as compete.
    """

    model: str
    filter: str
    full: Estimate
    chance: float
    points: tuple[AtSide, ...]


class Resolutions(Analysis):
    """A curve for each model and filter with a side given in pixels."""

    name: ClassVar[str] = "resolution"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[ResolutionCurve, ...]:
        curves = (
            _curve(study, model, kernel, by_side)
            for kernel, by_side in sides(study).items()
            for model in study.models
        )
        return tuple(curve for curve in curves if curve.points)


def sides(study: Study) -> dict[str, dict[int, str]]:
    """Return filter -> short side -> Spec key, sides rising."""
    found: dict[str, dict[int, str]] = {}
    for key, words in study.conditions.items():
        params = words.get("spec", {}).get("params", {})
        if study.stressor(key) == "low-resolution" and params.get("side"):
            found.setdefault(str(params.get("filter", "bilinear")), {})[int(params["side"])] = key
    return {kernel: dict(sorted(by_side.items())) for kernel, by_side in found.items()}


def chance(study: Study, model: str) -> float:
    """Return the accuracy of a model that draws one of its answers; 0 where there is no such number."""
    words = {} if study.graded else study.manifest["models"].get(model, {})
    answers = len(words.get("among") or words.get("labels") or ())
    return 1 / answers if answers else 0.0


def arm(study: Study, model: str, condition: str, name: str) -> Mapping[str, np.ndarray[Any, Any]]:
    """Return the rows of a condition under another name, so that several records can be put together."""
    rows = dict(rows_of(study, model, (condition,)))
    return {**rows, "condition": np.full(len(rows["position"]), name, object)}


def _curve(study: Study, model: str, kernel: str, by_side: Mapping[int, str]) -> ResolutionCurve:
    guess = chance(study, model)
    asked = ((side, key) for side, key in by_side.items() if (model, key) in study.cells)
    points = tuple(_at(study, model, side, key, guess) for side, key in asked)
    return ResolutionCurve(model, kernel, accuracy(study, model, study.canvas), guess, points)


def _at(study: Study, model: str, side: int, key: str, guess: float) -> AtSide:
    rows = rows_of(study, model, (study.canvas, key))
    plain = RelativeCorruptionRobustness(clean=study.canvas, conditions=(key,), level=study.level)
    one = WAR(high=(study.canvas,), low=(key,), chance=(guess,), weights=(1.0,), level=study.level)
    return AtSide(side, key, accuracy(study, model, key), plain(rows), one(rows))
