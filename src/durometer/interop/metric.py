"""A measure as a MAITE metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import Measure, Rows, UsageError, canonical_json
from durometer.data.maite_items import accepted
from durometer.data.tensors import to_array
from durometer.interop.augmentation import LOG
from durometer.measures import MEASURES
from durometer.models.output import are_probabilities
from durometer.tasks import Classification

REFERENCE = "canvas"
"""The condition of what no edit of ours has touched."""


class Metric:
    """Any durometer measure in the shape of `maite.protocols.image_classification.Metric`.

    `compute` gives the value, the ends of its 95 % interval and the n behind it, under `NAME`, `NAME low`,
    `NAME high` and `NAME n`. A batch's condition is read from its metadata, as `Augmentation` writes it: a
    paired measure such as `top-1 drop` wants `update` called with the unedited and with the edited batches.
    Samples that an edit refused count as not edited.

    Args:
        measure: `accuracy`, `top-1 drop`, …, or a measure with its own parameters.
        probabilities: Whether predictions are probabilities; looked at if not given.

    Raises:
        UsageError: at `compute`, if nothing was updated or the measure needs what MAITE does not hand over.
    """

    def __init__(self, measure: str | Measure = "accuracy", *, probabilities: bool | None = None) -> None:
        self.measure: Measure = MEASURES.make(measure) if isinstance(measure, str) else measure
        self.metadata = {"id": self.measure.name}
        self._probabilities = probabilities
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._outputs: list[Tensor] = []
        self._targets: list[frozenset[int]] = []
        self._metadata: list[Mapping[str, Any]] = []

    def update(
        self, preds: Sequence[Any], targets: Sequence[Any], metadata: Sequence[Mapping[str, Any]], /
    ) -> None:
        """Take a batch of predictions (Cl,), targets (Cl,) and datum metadata."""
        for answer, target, datum in zip(preds, targets, metadata, strict=True):
            self._outputs.append(torch.as_tensor(np.asarray(to_array(answer), np.float32)))
            self._targets.append(accepted(target, where=str(datum["id"])))
            self._metadata.append(datum)

    def compute(self) -> dict[str, Any]:
        """Return the estimate."""
        rows = self._rows()
        lacking = self.measure.needs - set(rows)
        if lacking:
            raise UsageError(
                f"{self.measure.name!r} needs {', '.join(sorted(lacking))}, which only a run has"
            )
        found, name = self.measure(rows), self.measure.name
        return {name: found.value, f"{name} low": found.low, f"{name} high": found.high, f"{name} n": found.n}

    def _rows(self) -> Rows:
        if not self._outputs:
            raise UsageError(f"{self.measure.name!r} has seen no predictions", fix="Call update first")
        output = torch.stack(self._outputs)
        sure = are_probabilities(output) if self._probabilities is None else self._probabilities
        task = Classification(tuple(frozenset({k}) for k in range(output.shape[1])), probabilities=sure)
        decoded = task.decode(output)
        names = [str(datum["id"]) for datum in self._metadata]
        place = {name: i for i, name in enumerate(dict.fromkeys(names))}
        edits = [list(datum.get(LOG, ())) for datum in self._metadata]
        answer = decoded["answer"].numpy()
        texts: dict[str, list[str]] = {
            "sample": names,
            "model": ["model"] * len(names),
            "condition": [_condition(each) for each in edits],
            "status": [_status(each, a) for each, a in zip(edits, answer.tolist(), strict=True)],
            "target": [",".join(map(str, sorted(t))) for t in self._targets],
            "facts": [canonical_json(_facts(each)) for each in edits],
        }
        top = np.empty(len(names), object)
        top[:] = decoded["top"].tolist()
        return {
            **{name: np.array(column, object) for name, column in texts.items()},
            "position": np.array([place[name] for name in names], np.int64),
            "draw": np.array([each[-1]["draw"] if each else 0 for each in edits], np.int64),
            "answer": answer,
            "confidence": decoded["confidence"].numpy(),
            "score": task.score(output, self._targets).numpy().astype(np.float64),
            "top": top,
        }


def _condition(edits: Sequence[Mapping[str, Any]]) -> str:
    return " + ".join(canonical_json(edit["edit"]) for edit in edits) or REFERENCE


def _status(edits: Sequence[Mapping[str, Any]], answer: int) -> str:
    if any("refused" in edit for edit in edits):
        return "not-edited"
    return "ok" if answer >= 0 else "nan-output"


def _facts(edits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {k: v for edit in edits for k, v in edit.get("facts", {}).items()}
