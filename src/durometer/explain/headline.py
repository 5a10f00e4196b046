"""The verdict in plain words: what breaks it most, by how much, against what; or that nothing can be told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from durometer.explain.effects import is_finding
from durometer.explain.findings import Effect, Headline
from durometer.explain.overall import accuracy
from durometer.explain.study import Study
from durometer.explain.wording import (
    control_doing,
    costs,
    count,
    digits_for,
    doing,
    number,
    percent_span,
    span,
    words_of,
)
from durometer.measures.topk import accepted_outputs

NAMED = 3
"""Other models that get a sentence of their own."""


def headline(study: Study, found: Sequence[Effect]) -> Headline:
    """Return the verdict on a record; `found` is sorted, so the first finding is the one to speak of."""
    top = next((e for e in found if is_finding(e)), None)
    model = top.model if top else study.models[0]
    tail = (*_others(study, found, top), *_diagnostic(study, found, model), *_lost_labels(study))
    if top is None:
        claim, sentences = _nothing(study, [e for e in found if e.role == "edit"])
        return Headline(claim, (*sentences, *tail), None)
    claim = f"{words_of(top).subject} breaks {_it(study, top.model)} most."
    return Headline(claim, (*_about(study, top), *_next(found, top), *tail), top)


def _it(study: Study, model: str) -> str:
    return model if len(study.models) > 1 else "it"


def _about(study: Study, top: Effect) -> tuple[str, ...]:
    phrase, interval = costs(top.drop, "points")
    level = number(top.drop.level)
    first = f"{doing(top)} {phrase} of top-1 ({level} % interval {interval}, n = {top.drop.n:,})."
    if top.control_drop is None:
        return (first,)
    spec = study.conditions[top.control].get("spec", {})
    name = control_doing(str(spec.get("name", "")), top.control_title)
    phrase, interval = costs(top.control_drop)
    net = number(top.net.value, digits_for(top.net))
    verb = "belongs" if net == "1" else "belong"
    rest = f"so {net} ({span(top.net)}) {verb} to {words_of(top).owner}."
    return first, f"{name} alone {phrase} ({interval}), {rest}"


def _next(found: Sequence[Effect], top: Effect) -> tuple[str, ...]:
    mine = [e for e in found if is_finding(e) and e.model == top.model and e is not top]
    if not mine:
        return ()
    net = mine[0].net
    amount = f"{number(net.value, digits_for(net))} points, {span(net)}"
    after = f"Next is {mine[0].title} ({amount})"
    return (f"{after}; {count(len(mine) + 1, 'edit')} in all can be told from chance.",)


def _others(study: Study, found: Sequence[Effect], top: Effect | None) -> tuple[str, ...]:
    """What breaks the other models most."""
    if top is None:
        return ()
    rest = [m for m in study.models if m != top.model]
    firsts = [(m, next((e for e in found if is_finding(e) and e.model == m), None)) for m in rest]
    said = [
        f"{m}: {e.title} ({number(e.net.value, digits_for(e.net))} points, {span(e.net)})"
        if e
        else f"{m}: nothing that can be told from chance"
        for m, e in firsts[:NAMED]
    ]
    more = [f"{count(len(rest) - NAMED, 'more model')} below"] if len(rest) > NAMED else []
    return (f"What breaks the other models most: {'; '.join(said + more)}.",) if rest else ()


def _nothing(study: Study, edits: Sequence[Effect]) -> tuple[str, tuple[str, ...]]:
    measured = [e for e in edits if e.net.n > 0]
    if not edits:
        return "Nothing was changed.", (
            "The record holds no edit, so nothing can be said of what breaks it.",
        )
    if not measured:
        return "No edit could be measured.", ("Every sample was left out; the reasons are listed below.",)
    who = _it(study, "any of the models") if len(study.models) > 1 else "it"
    sizes = sorted({e.net.n for e in measured})
    n = f"n = {sizes[0]:,}" if len(sizes) == 1 else f"n = {sizes[0]:,} to {sizes[-1]:,}"
    none = (
        f"In {count(len(measured), 'comparison')} ({n}) no edit costs accuracy that can be told from zero, "
        "adjusted for their number."
    )
    return f"No edit breaks {who} beyond chance.", (none, smallest_sentence(measured))


def smallest_sentence(measured: Sequence[Effect]) -> str:
    """Return what this n could have seen: the range of the smallest drops found with a chance of 80 %."""
    sizes = sorted(e.smallest for e in measured)
    seen = [s for s in sizes if s < 1]
    if not seen:
        return "So few samples could not have shown any drop, however large."
    low, high = (number(s, digits=int(s < 0.03)) for s in (seen[0], seen[-1]))
    amount = f"{low} points" if low == high else f"{low} to {high} points, depending on the edit"
    return f"The smallest drop that would have been found with a chance of 80 % is {amount}."


def _diagnostic(study: Study, found: Sequence[Effect], model: str) -> tuple[str, ...]:
    """What the model still names when it should not be able to."""
    said = []
    for e in found:
        if e.role != "diagnostic" or e.model != model or e.accuracy.n == 0:
            continue
        name = study.conditions[e.condition].get("spec", {}).get("name", "")
        subject = "Without the object" if name == "only-background" else f"Under “{e.title}”"
        share, interval = percent_span(e.accuracy)
        chance = number(chance_of(study, model), digits=1).removesuffix(".0")
        who = _it(study, model)
        said.append(
            f"{subject} {who} still names it in {share} of the images ({interval}); chance is {chance} %."
        )
    return tuple(said)


def chance_of(study: Study, model: str) -> float:
    """Return the accuracy of guessing among the model's competing outputs."""
    words = study.manifest["models"].get(model, {})
    outputs = len(words.get("among") or words.get("labels") or ())
    targets = study.texts["target"][study.cell(model, study.canvas).at]
    accepted = np.mean([len(accepted_outputs(text)) for text in targets.tolist()])
    return min(1.0, float(accepted) / outputs) if outputs else 0.0


def _lost_labels(study: Study) -> tuple[str, ...]:
    """A model at chance before any edit was likely given labels that it does not know."""
    said = []
    for model in study.models:
        canvas, chance = accuracy(study, model, study.canvas), chance_of(study, model)
        if canvas.high < 1 and canvas.value <= chance:
            share, interval = percent_span(canvas)
            who = model if len(study.models) > 1 else "it"
            said.append(
                f"Already on the unedited canvas {who} is right in only {share} of the images ({interval}), "
                "no better than chance: check that the labels meet the model."
            )
    return tuple(said)
