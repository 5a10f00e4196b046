"""From one record to everything a report shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from durometer.core import Json
from durometer.explain.analyses import analyze
from durometer.explain.calibration import calibrations
from durometer.explain.confusions import confusions
from durometer.explain.curves import curves
from durometer.explain.effects import effects
from durometer.explain.findings import Effect, Headline, Summary
from durometer.explain.gaps import cell_counts, not_measured
from durometer.explain.headline import ATTACK, headline
from durometer.explain.method import SUMMARY
from durometer.explain.overall import figures, mean_drops, ranks
from durometer.explain.pictures import pictures
from durometer.explain.places import places
from durometer.explain.slices import slices
from durometer.explain.study import Readable, Study, Together


def summarize(record: Readable, *, level: float = 0.95, together: Together = "sample") -> Summary:
    """Compute everything a report shows from one record; pure, no model is asked.

    Args:
        record: A `durometer.records.Record`, or anything with `manifest`, `rows` and `table`.
        level: Of all intervals.
        together: What was drawn at random: `sample` (the figures speak of these classes), or `class`, which
            widens intervals for answers that go together within a class (the figures speak of other classes
            as well).

    Raises:
        RecordError: if the record has no row of the unedited canvas.
    """
    study = Study.read(record, level=level, together=together)
    found = effects(study)
    groups, looked_at = slices(study)
    measured, asked = cell_counts(study, record)
    further = analyze(study, found, record)
    verdict = headline(study, found)
    return Summary(
        title=str(study.manifest.get("title", "")),
        headline=replace(verdict, sentences=_sentences(verdict, further.sentences)),
        models=figures(study, record),
        effects=found,
        mean_drop=mean_drops(study, found),
        curves=curves(study, found),
        places=places(study),
        slices=groups,
        slices_looked_at=looked_at,
        confusions=confusions(study),
        calibrations=calibrations(study),
        ranks=ranks(study, found),
        pictures=pictures(study, record),
        not_measured=not_measured(study, record, found),
        cells_measured=measured,
        cells_asked=asked,
        guesses=_guesses(study),
        method={**_method(study, found), **_plan(record)},
        score=str(study.graded.get("mean", "")) if "task" in study.manifest else "",
        more=further.found,
    )


def _sentences(verdict: Headline, further: Sequence[str]) -> tuple[str, ...]:
    """Return all sentences of the headline.

    Where it speaks of an attack, what attacks leave comes second, of the same model first.
    """
    top = verdict.effect
    if top is None or top.family != ATTACK:
        return (*verdict.sentences, *further)
    own = sorted(further, key=lambda text: f", {top.model} is " not in text)
    return (*verdict.sentences[:1], *own, *verdict.sentences[1:])


def _guesses(study: Study) -> tuple[str, ...]:
    manifest = study.manifest
    listed = [str(g) for g in manifest.get("data", {}).get("guesses", ())]
    for model in study.models:
        guesses = manifest["models"].get(model, {}).get("guesses", ())
        listed += [f"{model}: {g}" if len(study.models) > 1 else str(g) for g in guesses]
    return tuple(dict.fromkeys(listed))


def _plan(record: Readable) -> dict[str, Json]:
    """The plan as it was run, where the record keeps its text."""
    text = getattr(record, "plan_text", "")
    return {"plan": text} if text else {}


def _method(study: Study, found: Sequence[Effect]) -> dict[str, Json]:
    manifest = study.manifest
    family = {role: sum(e.role == role and e.net.n > 0 for e in found) for role in ("edit", "control")}
    kept = ("command", "started", "seconds", "versions", "digests", "plan_digest", "data", "complete", "seed")
    return {
        **SUMMARY,
        "level": study.level,
        "together": study.together,
        "comparisons": family["edit"],
        "control_comparisons": family["control"],
        **{name: manifest[name] for name in kept if name in manifest},
    }
