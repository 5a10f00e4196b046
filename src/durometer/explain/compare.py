"""Records of the same samples held against the first of them, condition by condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, UsageError
from durometer.explain.effects import ALPHA
from durometer.explain.findings import Change, Comparison, NotMeasured, Verdict
from durometer.explain.method import COMPARISON
from durometer.explain.pairs import Pair, pair
from durometer.explain.shared import share
from durometer.explain.study import Readable, Study
from durometer.stats import PairedResult, graded_mean, holm, paired_estimate, share_estimate
from durometer.stats.cluster import unit_means

NO_BETTER = "without the object neither answer is better; see each record's own report"


@dataclass(frozen=True)
class Draft:
    """A change before the number of comparisons is known; `result` has the baseline as "after"."""

    change: Change
    result: PairedResult


def compare(records: Sequence[Readable], *, level: float = 0.95) -> Comparison:
    """Compare records with the first of them, paired by sample.

    Models are paired by name; two records of one model each are paired whatever the names. Conditions are
    paired by Spec key, samples by id and content; what is not in both is named in `left_out`.

    Raises:
        UsageError: if there are fewer than two records, or one shares no sample or model with the first.
    """
    if len(records) < 2:
        raise UsageError("a comparison needs two records or more", fix="Name a baseline and another record")
    first, *names = _names(records)
    baseline, *others = (Study.read(record, level=level) for record in records)
    left_out: list[NotMeasured] = []
    drafts: dict[str, list[Draft]] = {}
    counts = []
    for name, other in zip(names, others, strict=True):
        both = share(baseline, other, name)
        left_out += [*both.left_out, *_one_sided(baseline, other, first, name)]
        drafts[name] = _drafts(baseline, both.study, name)
        counts.append(both.samples)
    changes = _adjusted(drafts)
    text = headline(first, changes, counts)
    method = {**COMPARISON, "level": level}
    return Comparison(first, tuple(names), text, changes, min(counts), tuple(left_out), method)


def headline(baseline: str, changes: Mapping[str, Sequence[Change]], samples: Sequence[int]) -> str:
    """Return one sentence a record: in how many comparisons it is better, worse or can't be told."""
    said = []
    for (name, listed), n in zip(changes.items(), samples, strict=True):
        counts = Counter(c.verdict for c in listed)
        losses = [c for c in listed if c.verdict == "worse"]
        where = f" (most under {min(losses, key=lambda c: c.difference.high).title})" if losses else ""
        said.append(
            f"{name} against {baseline} on {n:,} samples: better in {counts['better']}, worse in "
            f"{counts['worse']}{where}, undecided in {counts['undecided']} of {len(listed)} comparisons."
        )
    return " ".join(said)


def _names(records: Sequence[Readable]) -> list[str]:
    """Folder names, or titles, told apart by a number where they are equal."""
    seen: Counter[str] = Counter()
    names = []
    for record in records:
        folder = PurePath(str(getattr(record, "path", ""))).name
        name = folder or str(record.manifest.get("title") or "record")
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _one_sided(baseline: Study, other: Study, first: str, second: str) -> list[NotMeasured]:
    """Conditions that only one of the two records holds, and those that can't be judged."""
    listed = []
    for has, lacks, name in ((baseline, other, second), (other, baseline, first)):
        alone = [has.title(key) for key in has.conditions if key not in lacks.conditions]
        n = has.samples["position"].size
        listed += [NotMeasured(title, n, n, f"{name} does not hold this condition") for title in alone]
    n = baseline.samples["position"].size
    return [
        *listed,
        *(NotMeasured(baseline.title(key), n, n, NO_BETTER) for key in baseline.of_role("diagnostic")),
    ]


def _models(baseline: Study, other: Study, name: str) -> list[tuple[str, str]]:
    if len(baseline.models) == len(other.models) == 1:
        return [(baseline.models[0], other.models[0])]
    shared = [(m, m) for m in baseline.models if m in other.models]
    if not shared:
        fix = "Give the models the same names in both plans"
        raise UsageError("it shares no model with the baseline", where=name, fix=fix)
    return shared


def _drafts(baseline: Study, other: Study, name: str) -> list[Draft]:
    judged = baseline.of_role("edit", "control", "reference")
    keys = [k for k in judged if k in other.conditions and k != baseline.original]
    models = _models(baseline, other, name)
    drafts = [_draft(baseline, other, pairing, key) for pairing in models for key in keys]
    return [d for d in drafts if d.result.n > 0]


def _draft(baseline: Study, other: Study, models: tuple[str, str], condition: str) -> Draft:
    aligned = pair(baseline.cell(models[0], condition), other.cell(models[1], condition))
    before, after = aligned.scores
    gain = paired_estimate(after, before, units=aligned.unit, level=baseline.level)
    change = Change(
        model=models[0] if models[0] == models[1] else f"{models[0]} → {models[1]}",
        condition=condition,
        title=baseline.title(condition),
        baseline=share_estimate(before, units=aligned.unit, level=baseline.level),
        other=share_estimate(after, units=aligned.unit, level=baseline.level),
        difference=gain.drop,
        drop_difference=_drop_difference(baseline, other, models, aligned),
        lost=gain.gained,
        gained=gain.lost,
        p=gain.p,
        p_adjusted=gain.p,
        verdict="undecided",
    )
    return Draft(change, gain)


def _drop_difference(baseline: Study, other: Study, models: tuple[str, str], aligned: Pair) -> Estimate:
    """Drop in the other minus drop in the baseline, over the pair's samples; 0 on the canvas itself."""
    canvases = pair(baseline.cell(models[0], baseline.canvas), other.cell(models[1], other.canvas))
    units, gain = _unit_gain(aligned)
    on_canvas, canvas_gain = _unit_gain(canvases)
    _, here, there = np.intersect1d(units, on_canvas, assume_unique=True, return_indices=True)
    return graded_mean(canvas_gain[there] - gain[here], baseline.level)[0]


def _unit_gain(aligned: Pair) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return samples, by position, and each one's gain of the other record over the baseline."""
    before, after = aligned.scores
    return np.unique(aligned.unit), unit_means(after - before, aligned.unit, None)[0]


def _adjusted(drafts: Mapping[str, Sequence[Draft]]) -> dict[str, tuple[Change, ...]]:
    adjusted = iter(holm([d.change.p for listed in drafts.values() for d in listed]).tolist())
    return {name: tuple(_decided(d, next(adjusted)) for d in listed) for name, listed in drafts.items()}


def _decided(draft: Draft, p: float) -> Change:
    result: Verdict = "undecided"
    if p < ALPHA and draft.result.falls != draft.result.rises:
        result = "better" if draft.result.falls > draft.result.rises else "worse"
    return replace(draft.change, p_adjusted=p, verdict=result)
