"""Samples of a segment: decoded once, put on the canvas, batched by shape; what can't be read is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from durometer.core import Batch, DataError, Dataset, Sample, Target, Task
from durometer.data.base import content_of
from durometer.data.canvas import Canvas, to_canvas

LEFT_OUT = "left out: "
"""Begins the reason of a sample that was not wanted, in contrast to one that could not be read."""


@dataclass(frozen=True)
class Loaded:
    """One sample as decoded and as it lies on the canvas."""

    position: int
    native: Sample
    sample: Sample
    content: str


@dataclass(frozen=True)
class Unread:
    """A sample that can't be read, and why."""

    position: int
    sample: str
    reason: str


@dataclass(frozen=True)
class Chunk:
    """Samples of one canvas shape, at most a batch of them."""

    positions: tuple[int, ...]
    batch: Batch
    originals: tuple[Tensor, ...]
    targets: tuple[Target, ...]
    """Of the originals: they may lie elsewhere on the canvas."""
    contents: tuple[str, ...]


def load(dataset: Dataset, position: int, canvas: Canvas, tasks: Sequence[Task]) -> Loaded | Unread:
    """Read one sample; a sample that can't be read is returned as such, never raised.

    Args:
        dataset: Where it is.
        position: Its place.
        canvas: Where it goes.
        tasks: What the models' answers mean; a sample with a target that one of them can't name is left out.
    """
    try:
        native = dataset[position]
        if not all(task.speaks(native.y) for task in tasks):
            names = ", ".join(repr(dataset.labels[i]) for i in tasks[0].classes(native.y))
            return Unread(position, native.id, f"{LEFT_OUT}the label map leaves out {names}")
        return Loaded(position, native, to_canvas(native, canvas), content_of(dataset, position, native))
    except DataError as error:
        return Unread(position, dataset.ids()[position], str(error))


def chunks(loaded: Sequence[Loaded], size: int) -> tuple[Chunk, ...]:
    """Group samples by canvas shape and by whether they have a mask, in the order of the data set."""
    groups: dict[tuple[object, ...], list[Loaded]] = {}
    for item in loaded:
        key = (tuple(item.sample.x.shape), "mask" in item.sample.aux)
        groups.setdefault(key, []).append(item)
    parts = (group[i : i + size] for group in groups.values() for i in range(0, len(group), size))
    return tuple(_chunk(part) for part in parts)


def _chunk(part: Sequence[Loaded]) -> Chunk:
    batch = Batch.of([item.sample for item in part])
    contents = tuple(item.content for item in part)
    return Chunk(
        tuple(item.position for item in part),
        batch,
        tuple(item.native.x for item in part),
        tuple(item.native.y for item in part),
        contents,
    )
