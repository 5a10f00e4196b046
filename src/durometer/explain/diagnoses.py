"""What else a reader should know at once: answers without the object, labels that were lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from durometer.explain.findings import Effect
from durometer.explain.overall import accuracy
from durometer.explain.study import Study
from durometer.explain.wording import number, percent_span
from durometer.measures.topk import accepted_outputs


def who(study: Study, model: str) -> str:
    """Return how to speak of a model: `it` where there is only one."""
    return model if len(study.models) > 1 else "it"


def without_object(study: Study, found: Sequence[Effect], model: str) -> tuple[str, ...]:
    """What the model still names when it should not be able to, or says to an untrue caption."""
    said = []
    for e in found:
        if e.role != "diagnostic" or e.model != model or e.accuracy.n == 0:
            continue
        if e.family == "attack":  # a nearest broken input is broken
            continue
        if e.family == "text":
            share, interval = percent_span(e.accuracy)
            said.append(f"With “{e.title}” {study.graded.get('mean', 'accuracy')} is {share} ({interval}).")
            continue
        alone = study.stressor(e.condition) == "only-background"
        subject = "Without the object" if alone else f"Under “{e.title}”"
        share, interval = percent_span(e.accuracy)
        chance = number(chance_of(study, model), digits=1).removesuffix(".0")
        names = f"{who(study, model)} still names it in {share} of the images ({interval})"
        said.append(f"{subject} {names}; chance is {chance} %.")
    return tuple(said)


def chance_of(study: Study, model: str) -> float:
    """Return the accuracy of guessing among the model's competing outputs."""
    words = study.manifest["models"].get(model, {})
    outputs = len(words.get("among") or words.get("labels") or ())
    targets = study.texts["target"][study.cell(model, study.canvas).at]
    accepted = np.mean([len(accepted_outputs(text)) for text in targets.tolist()])
    return min(1.0, float(accepted) / outputs) if outputs else 0.0


def lost_labels(study: Study) -> tuple[str, ...]:
    """A model at chance before any edit was likely given labels that it does not know."""
    if study.graded:
        return ()
    said = []
    for model in study.models:
        canvas, chance = accuracy(study, model, study.canvas), chance_of(study, model)
        if canvas.high < 1 and canvas.value <= chance:
            share, interval = percent_span(canvas)
            said.append(
                f"Already on the unedited canvas {who(study, model)} is right in only {share} of the images "
                f"({interval}), no better than chance: check that the labels meet the model."
            )
    return tuple(said)
