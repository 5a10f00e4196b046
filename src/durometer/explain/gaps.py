"""What was asked for and not measured, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from durometer.explain.corruption_grid import incomplete
from durometer.explain.findings import Effect, NotMeasured
from durometer.explain.medmnist_grid import incomplete_medical
from durometer.explain.sequence_sets import without_all
from durometer.explain.study import Readable, Study


def not_measured(study: Study, record: Readable, found: Sequence[Effect]) -> tuple[NotMeasured, ...]:
    """Return conditions skipped, samples not read, samples not edited and answers not finite, with counts."""
    unread = record.table("unread")
    read, lost = study.samples["position"].size, len(unread["sample"])
    whole = read + lost
    skipped = [
        NotMeasured(str(s["what"]), whole, whole, str(s["why"]), str(s.get("fix", "")))
        for s in study.manifest.get("skipped", ())
    ]
    files = [
        NotMeasured("samples that could not be read", count, whole, str(reason), "Repair or remove the files")
        for reason, count in Counter(unread["reason"].tolist()).most_common()
    ]
    whole_only = (*incomplete(study, read), *incomplete_medical(study, read), *without_all(study, read))
    return (*skipped, *files, *_not_edited(found, read), *_not_finite(study), *whole_only)


def _not_edited(found: Sequence[Effect], n: int) -> list[NotMeasured]:
    """Edits do not ask the model, so models share one entry."""
    reasons = {(e.title, why): count for e in found for why, count in e.not_edited.items()}
    return [NotMeasured(title, count, n, why) for (title, why), count in reasons.items()]


def _not_finite(study: Study) -> list[NotMeasured]:
    listed = []
    for model in study.models:
        cells = [cell for (name, _), cell in study.cells.items() if name == model]
        count = sum(int((~c.finite).sum()) for c in cells)
        if count:
            of = sum(int(c.good.sum()) for c in cells)
            why = "the output was not finite; such answers count as wrong"
            listed.append(NotMeasured(f"answers of {model}", count, of, why, "Check the model for overflow"))
    return listed


def cell_counts(study: Study, record: Readable) -> tuple[int, int]:
    """Return (measured, asked) predictions under edits, controls and diagnostics of the plan's models."""
    keys = [k for k, words in study.manifest["conditions"].items() if words["role"] != "reference"]
    whole = study.samples["position"].size + len(record.table("unread")["sample"])
    draws = sum(int(study.manifest["conditions"][key].get("draws", 1)) for key in keys)
    measured = sum(int(cell.good.sum()) for (_, key), cell in study.cells.items() if key in set(keys))
    return measured, whole * draws * len(study.models)
