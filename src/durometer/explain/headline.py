"""The verdict in plain words: what breaks it most, by how much, against what; or that nothing can be told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from durometer.explain.diagnoses import lost_labels, who, without_object
from durometer.explain.effects import ALPHA, is_finding
from durometer.explain.findings import Effect, Headline
from durometer.explain.pairs import pair
from durometer.explain.study import Study
from durometer.explain.wording import (
    control_doing,
    costs,
    count,
    digits_for,
    doing,
    number,
    span,
    words_of,
)
from durometer.stats import graded_mean
from durometer.stats.cluster import unit_means

ATTACK = "attack"
UNTRIED = "That says nothing of larger changes, or of stronger attacks."
NAMED = 3
"""Other models that get a sentence of their own."""


def headline(study: Study, found: Sequence[Effect]) -> Headline:
    """Return the verdict on a record; `found` is sorted, so the first finding is the one to speak of.

    The worst of many edits costs more than any one of them, and an edit that changes several things more than
    one that changes one: searches, attacks and edits as published are spoken of only where a plan holds
    nothing else.
    """
    single = [e for e in found if not _several(study, e) or e.role != "edit"]
    found = single if any(e.role == "edit" for e in single) else found
    top = next((e for e in found if is_finding(e)), None)
    model = top.model if top else study.models[0]
    tail = (
        *_others(study, found, top), *without_object(study, found, model), *lost_labels(study),
        *_scores(study),
    )  # fmt: skip
    if top is None:
        claim, sentences = _nothing(study, [e for e in found if e.role == "edit"])
        return Headline(claim, (*sentences, *tail), None)
    claim = f"{words_of(top, study.stressor(top.condition)).subject} breaks {who(study, top.model)} most."
    return Headline(claim, (*_about(study, top), *_next(study, found, top), *tail), top)


def _several(study: Study, effect: Effect) -> bool:
    """Whether more than one change was tried, or more than one attribute changed."""
    return effect.family in ("search", ATTACK) or study.stressor(effect.condition).startswith("published-")


def _about(study: Study, top: Effect) -> tuple[str, ...]:
    phrase, interval = costs(top.drop, "points")
    level = number(top.drop.level)
    edit = doing(top, study.stressor(top.condition))
    what = study.graded.get("mean", "top-1")
    first = f"{edit} {phrase} of {what} ({level} % interval {interval}, n = {top.drop.n:,})."
    if top.control_drop is None:
        return (first,)
    name = control_doing(study.stressor(top.control), top.control_title)
    phrase, interval = costs(top.control_drop)
    net = number(top.net.value, digits_for(top.net))
    owner = words_of(top, study.stressor(top.condition)).owner
    verb = "belongs" if net == "1" else "belong"
    rest = f"so {net} ({span(top.net)}) {verb} to {owner}."
    return first, f"{name} alone {phrase} ({interval}), {rest}"


def _scores(study: Study) -> tuple[str, ...]:
    """What is meant by accuracy where scores are graded."""
    said = study.graded
    if not said:
        return ()
    right = f"an answer counts as right from {study.right_from:g} on"
    return (f"Scores are graded ({said['name']}): accuracy means their mean, {said['mean']}, and {right}.",)


def _next(study: Study, found: Sequence[Effect], top: Effect) -> tuple[str, ...]:
    mine = [e for e in found if is_finding(e) and e.model == top.model and e is not top]
    if not mine:
        return ()
    net = mine[0].net
    amount = f"{number(net.value, digits_for(net))} points, {span(net)}"
    close = "" if told_apart(study, top, mine[0]) else ", which can't be told apart from it at this n"
    rest = f"{count(len(mine) + 1, 'edit')} in all can be told from chance"
    return (f"Next is {mine[0].title} ({amount}){close}; {rest}.",)


def told_apart(study: Study, one: Effect, other: Effect) -> bool:
    """Whether two effects of one model differ in net drop, sample by sample (p < 0.05, not adjusted)."""
    (a, net_a), (b, net_b) = (_unit_net(study, e) for e in (one, other))
    _, here, there = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    return graded_mean(net_a[here] - net_b[there])[1] < ALPHA


def _unit_net(study: Study, effect: Effect) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the samples of an effect, by position, and the net drop of each."""
    against = study.cell(effect.model, effect.control or study.canvas)
    aligned = pair(against, study.cell(effect.model, effect.condition))
    before, after = aligned.scores
    return np.unique(aligned.unit), unit_means(before - after, aligned.unit, None)[0]


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
    whom = who(study, "any of the models")
    sizes = sorted({e.net.n for e in measured})
    n = f"n = {sizes[0]:,}" if len(sizes) == 1 else f"n = {sizes[0]:,} to {sizes[-1]:,}"
    only_attacks = all(e.family == ATTACK for e in measured)
    what = "attack that was tried" if only_attacks else "edit"
    none = (
        f"In {count(len(measured), 'comparison')} ({n}) no {what} costs accuracy that can be told from zero, "
        "adjusted for their number."
    )
    sentences = (none, *((UNTRIED,) if only_attacks else ()), smallest_sentence(measured))
    return f"No {what} breaks {whom} beyond chance.", sentences


def smallest_sentence(measured: Sequence[Effect]) -> str:
    """Return what this n could have seen: the range of the smallest drops found with a chance of 80 %."""
    sizes = sorted(e.smallest for e in measured)
    seen = [s for s in sizes if s < 1]
    if not seen:
        return "So few samples could not have shown any drop, however large."
    low, high = (number(s, digits=int(s < 0.03)) for s in (seen[0], seen[-1]))
    amount = f"{low} points" if low == high else f"{low} to {high} points, depending on the edit"
    return f"The smallest drop that would have been found with a chance of 80 % is {amount}."
