"""Samples of a segment: decoded once, put on the canvas, batched by shape; what can't be read is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from durometer.core import Batch, DataError, Dataset, Sample
from durometer.data.canvas import Canvas, to_canvas


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


def load(dataset: Dataset, position: int, canvas: Canvas) -> Loaded | Unread:
    """Read one sample; a sample that can't be read is returned as such, never raised."""
    try:
        native = dataset[position]
        return Loaded(position, native, to_canvas(native, canvas), _content(native))
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
    return Chunk(tuple(item.position for item in part), batch, tuple(item.native.x for item in part))


def _content(native: Sample) -> str:
    """Hash what was decoded, with its mask: two files of the same pixels are the same content."""
    digest = hashlib.sha256(f"{tuple(native.x.shape)}{native.x.dtype}".encode())
    digest.update(native.x.contiguous().numpy().data)
    if "mask" in native.aux:
        digest.update(native.aux["mask"].contiguous().numpy().data)
    return digest.hexdigest()
