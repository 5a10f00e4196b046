"""Original and edited, side by side, with what the model said to both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from durometer.explain.confusions import answer_name
from durometer.explain.findings import Picture
from durometer.explain.study import Readable, Study
from durometer.measures.arms import find

Kind = Literal["right→wrong", "wrong→right", "still right", "still wrong"]
KINDS: Mapping[tuple[bool, bool], Kind] = {
    (True, False): "right→wrong",
    (False, True): "wrong→right",
    (True, True): "still right",
    (False, False): "still wrong",
}
ORDER = tuple(KINDS.values())


def pictures(study: Study, record: Readable) -> tuple[Picture, ...]:
    """Return all pairs that the record kept pictures of: flips first, most confident mistakes first."""
    table = record.table("pictures")
    at = {str(name): i for i, name in enumerate(study.samples["sample"].tolist())}
    columns = (table[name].tolist() for name in ("sample", "condition", "draw", "kind", "artifact"))
    listed = list(zip(*columns, strict=True))
    originals = {sample: artifact for sample, _, _, kind, artifact in listed if kind == "original"}
    edited: dict[str, list[tuple[int, int, str]]] = {}
    for sample, condition, draw, kind, artifact in listed:
        if kind == "edited" and sample in originals and sample in at:
            edited.setdefault(str(condition), []).append((at[sample], int(draw), str(artifact)))
    found = [
        p
        for m in study.models
        for c, shown in edited.items()
        for p in _of_cell(study, m, c, shown, originals)
    ]
    return tuple(sorted(found, key=_order))


def _order(p: Picture) -> tuple[Any, ...]:
    return ORDER.index(p.kind), -p.after_confidence, p.model, p.condition, p.sample, p.draw


def _of_cell(
    study: Study, model: str, condition: str, shown: list[tuple[int, int, str]], originals: Mapping[str, str]
) -> Iterator[Picture]:
    canvas, cell = study.cell(model, study.canvas), study.cell(model, condition)
    samples = study.samples
    position = np.array([samples["position"][i] for i, _, _ in shown], np.int64)
    draw = np.array([d for _, d, _ in shown], np.int64)
    before, after = (find(position, draw, c.position, c.draw) for c in (canvas, cell))
    names = study.answer_names(model)
    for (i, d, artifact), b, a in zip(shown, before.tolist(), after.tolist(), strict=True):
        if b < 0 or a < 0 or not cell.good[a] or cell.draw[a] != d:
            continue
        facts = study.texts["facts"][cell.at[a]]
        yield Picture(
            sample=str(samples["sample"][i]),
            model=model,
            condition=condition,
            title=study.title(condition),
            truth=str(samples["label"][i]),
            before=answer_name(names, int(canvas.answer[b])),
            before_confidence=float(np.nan_to_num(canvas.confidence[b])),
            after=answer_name(names, int(cell.answer[a])),
            after_confidence=float(np.nan_to_num(cell.confidence[a])),
            kind=KINDS[bool(canvas.score[b] >= study.right_from), bool(cell.score[a] >= study.right_from)],
            original=str(originals[str(samples["sample"][i])]),
            edited=artifact,
            achieved=json.loads(facts) if facts else {},
            draw=d,
        )
