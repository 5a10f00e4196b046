"""Every condition of every model against the canvas and against its control, adjusted for their number."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from durometer.core import Estimate
from durometer.explain.cells import Cell
from durometer.explain.findings import Effect, Verdict
from durometer.explain.pairs import Pair, compare_pair, pair
from durometer.explain.study import Study
from durometer.stats import PairedResult, graded_mean, holm, share_estimate, smallest_drop
from durometer.stats.cluster import unit_means

ALPHA = 0.05
ROLES = ("edit", "control", "diagnostic")


@dataclass(frozen=True)
class Draft:
    """An effect before the number of comparisons is known."""

    effect: Effect
    net: PairedResult


def effects(study: Study) -> tuple[Effect, ...]:
    """Return all effects, largest lower end of `net` first.

    `p_adjusted` is Holm's over all conditions of the same role and all models: the edits are one family,
    which is what findings are taken from; controls and diagnostics are families of their own. An edit that
    could be measured on no sample is in no family.
    """
    drafts = [draft(study, model, key) for model in study.models for key in study.of_role(*ROLES)]
    done: list[Effect] = []
    for role in ROLES:
        done += _adjusted([d for d in drafts if d.effect.role == role])
    return tuple(sorted(done, key=lambda e: (e.net.n == 0, -e.net.low, e.model, e.condition)))


def is_finding(effect: Effect) -> bool:
    """Whether an effect is an edit that breaks the model, beyond its control and beyond chance."""
    return effect.role == "edit" and effect.verdict == "worse"


def draft(study: Study, model: str, condition: str) -> Draft:
    """Measure one condition of one model; p is not adjusted yet."""
    words, cell = study.conditions[condition], study.cell(model, condition)
    canvas = study.cell(model, study.canvas)
    with_canvas = pair(canvas, cell)
    drop = compare_pair(study, with_canvas)
    control = _control(study, model, words)
    with_control = pair(study.cell(model, control), cell) if control else with_canvas
    net = compare_pair(study, with_control) if control else drop
    effect = Effect(
        model=model,
        condition=condition,
        title=study.title(condition),
        family=str(words["family"]),
        axis=str(words["axis"]),
        severity=float(words["severity"]),
        unit=str(words["unit"]),
        role=words["role"],
        accuracy=_accuracy(study, with_canvas),
        drop=drop.drop,
        control=control,
        control_title=study.title(control) if control else "",
        control_drop=_control_drop(study, canvas, with_control) if control else None,
        net=net.drop,
        p=net.p,
        p_adjusted=net.p,
        lost=net.lost,
        gained=net.gained,
        verdict="undecided",
        not_edited=_not_edited(study, cell),
        extremes=_extremes(canvas, cell, drop.drop.value),
        nan_outputs=int((~cell.finite).sum()),
        smallest=1.0,
        confidence_change=_confidence_change(study, with_canvas),
        achieved=achieved(study.texts["facts"][cell.at[cell.good]].tolist()),
    )
    return Draft(effect, net)


def _adjusted(drafts: Sequence[Draft]) -> list[Effect]:
    measured = [d for d in drafts if d.net.n > 0]
    adjusted = holm([d.effect.p for d in measured])
    done = [d.effect for d in drafts if d.net.n == 0]
    for d, p in zip(measured, adjusted.tolist(), strict=True):
        noise = min(d.net.falls, d.net.rises) / d.net.effective
        smallest = smallest_drop(d.net.effective, noise, alpha=ALPHA / len(measured))
        done.append(replace(d.effect, p_adjusted=p, verdict=verdict(d.net, p), smallest=smallest))
    return done


def verdict(result: PairedResult, p_adjusted: float) -> Verdict:
    """Return in which direction a comparison can be told from zero, if at all; a drop is worse."""
    if p_adjusted >= ALPHA or result.falls == result.rises:
        return "undecided"
    return "worse" if result.falls > result.rises else "better"


def _control(study: Study, model: str, words: Mapping[str, object]) -> str:
    control = str(words.get("control") or "")
    return control if (model, control) in study.cells else ""


def _accuracy(study: Study, aligned: Pair) -> Estimate:
    unit = aligned.unit
    return share_estimate(aligned.scores[1], units=unit, clusters=study.clusters(unit), level=study.level)


def _control_drop(study: Study, canvas: Cell, with_control: Pair) -> Estimate:
    """The control's drop over the pairs that `net` was taken from."""
    used = np.unique(with_control.before)
    control = with_control.one
    same = Cell(**{name: getattr(control, name)[used] for name in control.__dataclass_fields__})
    return compare_pair(study, pair(canvas, same)).drop


def _not_edited(study: Study, cell: Cell) -> Mapping[str, int]:
    bad = ~cell.good
    reasons = study.texts["reason"][cell.at[bad]].tolist()
    once = dict.fromkeys(zip(reasons, cell.position[bad].tolist(), strict=True))
    return dict(Counter(str(reason) for reason, _ in once).most_common())


def _extremes(canvas: Cell, cell: Cell, drop: float) -> tuple[float, float]:
    """The drop over all samples, those not edited counted as right, and as wrong."""
    if cell.good.all() or canvas.at.size == 0:
        return drop, drop
    everywhere = Cell(**{**vars(cell), "good": np.ones_like(cell.good)})
    aligned = pair(canvas, everywhere)
    before, _ = aligned.scores
    good, score = cell.good[aligned.after], cell.score[aligned.after]
    ends = (unit_means(before - np.where(good, score, x), aligned.unit, None)[0].mean() for x in (1.0, 0.0))
    low, high = (float(end) for end in ends)
    return low, high


def _confidence_change(study: Study, aligned: Pair) -> Estimate:
    change = aligned.other.confidence[aligned.after] - aligned.one.confidence[aligned.before]
    finite = np.isfinite(change)
    return graded_mean(unit_means(change[finite], aligned.unit[finite], None)[0], study.level)[0]


def achieved(texts: Iterable[str]) -> Mapping[str, float]:
    """Return the mean of each numeric fact over rows; each distinct text is parsed once."""
    sums: dict[str, list[float]] = {}
    for text, times in Counter(texts).items():
        for name, value in (json.loads(text) if text else {}).items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                total = sums.setdefault(name, [0.0, 0.0])
                total[0] += times * value
                total[1] += times
    return {name: total / times for name, (total, times) in sorted(sums.items())}
