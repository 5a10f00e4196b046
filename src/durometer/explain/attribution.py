"""Where a model looks: the share of its importance that lies on the object, kept as a table of the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import torch

from durometer.core import Batch, Dataset, Model, ModelError, Oracle, Task
from durometer.data.canvas import Canvas, to_canvas
from durometer.records import Record
from durometer.records.added import add_table

Method = Literal["integrated-gradients", "gradient-input"]
COLUMNS = ("sample", "position", "model", "condition", "draw", "method", "inside", "area")


def attribute(
    record: Record,
    dataset: Dataset,
    name: str,
    model: Model,
    task: Task,
    *,
    method: Method = "integrated-gradients",
    steps: int = 16,
    limit: int | None = None,
    batch_size: int = 32,
) -> Record:
    """Write where a model looks on the unedited canvas into a finished record's table `attributions`.

    The importance of a pixel is the size of its attribution, summed over channels: the pixel times the
    gradient of log p(truth) (`gradient-input`), or that gradient's mean on the straight path from black
    (`integrated-gradients`, midpoint rule). Rows of other models and methods stay.

    Args:
        record: Of a run on this data set.
        dataset: The run's; samples without a mask or an object are left out.
        name: The model's name in the record.
        model: It must give gradients.
        task: The run's.
        method: See above.
        steps: Points on the path.
        limit: The first so many samples only.
        batch_size: The one batch size of model calls.

    Raises:
        ModelError: the model gives no gradients.
        RecordError: the record is not complete.

    Source: (Sundararajan et al., 2017).
    """
    if "grad" not in model.card.traits:
        raise ModelError("it gives no gradients, so it can't be asked where it looks", where=name)
    canvas = Canvas(**record.manifest["canvas"])
    condition = next(k for k, c in record.manifest["conditions"].items() if c["spec"]["name"] == "canvas")
    samples = record.table("samples", ["sample", "position"])
    positions = sorted(int(p) for p in samples["position"])[:limit]
    rows = []
    for at, batch in _batches(dataset, positions, canvas, batch_size):
        inside, area = looks(model, task, batch, method=method, steps=steps, batch_size=batch_size)
        about = (name, condition, 0, method)
        rows += [(i, p, *about, x, a) for i, p, x, a in zip(batch.ids, at, inside, area, strict=True)]
    new = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)) if rows else {c: () for c in COLUMNS}
    return add_table(record, "attributions", _joined(record.table("attributions"), new, name, method))


def looks(
    model: Model, task: Task, batch: Batch, *, method: Method, steps: int = 16, batch_size: int = 32
) -> tuple[list[float], list[float]]:
    """Return, for each sample on the canvas, the share of importance on its object and the object's area.

    Both are measured on the model's own input: what its crop cuts off does not count. The share is 0 where
    nothing has any importance.
    """
    with torch.no_grad():
        x = model.view(batch.x)
        mask = model.view(batch.aux["mask"].expand(-1, 3, -1, -1)).mean(1, keepdim=True).clamp(0, 1)
    oracle = Oracle(model, task, batch_size=batch_size)
    points = [1.0] if method == "gradient-input" else [(i + 0.5) / steps for i in range(steps)]
    slope = sum((-oracle.gradient(t * x, batch.y)[1] for t in points), torch.zeros_like(x)) / len(points)
    importance = (x * slope).double().sum(1, keepdim=True).abs()
    inside = (importance * mask).flatten(1).sum(1) / importance.flatten(1).sum(1).clamp_min(1e-300)
    return inside.tolist(), mask.double().flatten(1).mean(1).tolist()


def _batches(
    dataset: Dataset, positions: list[int], canvas: Canvas, size: int
) -> Iterator[tuple[list[int], Batch]]:
    """Yield samples with an object, on the canvas, by shape."""
    waiting: dict[torch.Size, list[tuple[int, Any]]] = {}
    for position in positions:
        sample = dataset[position]
        if "mask" in sample.aux and bool(sample.aux["mask"].any()):
            placed = to_canvas(sample, canvas)
            held = waiting.setdefault(placed.x.shape, [])
            held.append((position, placed))
            if len(held) == size:
                yield _stacked(held)
                held.clear()
    yield from (_stacked(held) for held in waiting.values() if held)


def _stacked(held: list[tuple[int, Any]]) -> tuple[list[int], Batch]:
    return [position for position, _ in held], Batch.of([sample for _, sample in held])


def _joined(
    old: Mapping[str, np.ndarray[Any, Any]], new: Mapping[str, tuple[Any, ...]], name: str, method: str
) -> dict[str, list[Any]]:
    kept = ~((old["model"] == name) & (old["method"] == method))
    return {column: [*old[column][kept].tolist(), *new[column]] for column in COLUMNS}
