"""Which class turns into which under which edit."""

from __future__ import annotations

from collections import Counter

import numpy as np

from durometer.explain.findings import Confusion
from durometer.explain.pairs import pair
from durometer.explain.study import Study

KEPT = 20
"""Confusions kept a model and condition, most frequent first."""


def confusions(study: Study) -> tuple[Confusion, ...]:
    """Return the answers that edits turned from right into one wrong class, most frequent first.

    `of` counts the pairs of that true class that were right before. Graded scores have no classes.
    """
    if study.graded:
        return ()
    cells = [(model, key) for model in study.models for key in study.of_role("edit")]
    found = [c for model, key in cells for c in _of_cell(study, model, key)]
    return tuple(sorted(found, key=lambda c: (-c.count, c.model, c.title, c.true, c.answer)))


def _of_cell(study: Study, model: str, condition: str) -> list[Confusion]:
    aligned = pair(study.cell(model, study.canvas), study.cell(model, condition))
    before, after = aligned.scores
    right = before >= study.right_from
    turned = right & (after < study.right_from) & aligned.other.finite[aligned.after]
    labels = study.samples["label"][study.sample_of(aligned.unit)]
    totals = Counter(labels[right].tolist())
    answers = aligned.other.answer[aligned.after][turned].tolist()
    counts = Counter(zip(labels[turned].tolist(), answers, strict=True))
    names, title = study.answer_names(model), study.title(condition)
    return [
        Confusion(model, condition, title, str(true), answer_name(names, answer), count, totals[true])
        for (true, answer), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:KEPT]
    ]


def answer_name(names: tuple[str, ...], answer: int | np.int64) -> str:
    """Return the name of a model's output; its index where it has none."""
    if answer < 0:
        return "no finite answer"
    return names[answer] if answer < len(names) else f"output {answer}"
