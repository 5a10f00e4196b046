"""Pictures with captions: read once, encoded by every pair, with what is known of each object in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.core import DataError, Dataset, Sample, canonical_json
from durometer.core.sceptic import object_share
from durometer.data.base import content_of
from durometer.data.canvas import Canvas, to_canvas
from durometer.models.pairs import Pair
from durometer.ops import resample
from durometer.run.tables import Row
from durometer.stress.text import Caption, detect

Words = Callable[[Sample], Sequence[str]]
Known = Callable[[Sample], Mapping[str, tuple[str, ...]]]
BLOCK = 256
"""Samples whose views are held in memory at once."""
STATED = ("color", "size", "shape")
"""Facts that say what an object is like, where they are words."""


@dataclass(frozen=True)
class Asking:
    """How a sample becomes a caption with what is known of its object; any of them may be replaced.

    Attributes:
        text: A fact's name, or a function of the sample.
        nouns: Words for the object; None: the names of its label, each of a list with commas.
        known: Words that are true of it; None: facts that are words, then what its masked pixels say.
    """

    text: str | Callable[[Sample], str | None] = "caption"
    nouns: Words | None = None
    known: Known | None = None

    def caption(self, sample: Sample, titles: Sequence[str]) -> Caption:
        """Return the caption of a sample on the canvas.

        Raises:
            DataError: if it has none.
        """
        text = sample.facts.get(self.text) if isinstance(self.text, str) else self.text(sample)
        if not isinstance(text, str) or not text.strip():
            raise DataError("has no caption", where=sample.id)
        nouns = self.nouns(sample) if self.nouns else names(sample, titles)
        known = self.known(sample) if self.known else said_and_seen(sample)
        return Caption(sample.id, text, tuple(nouns), known)


@dataclass(frozen=True)
class Gallery:
    """All pictures with captions of a data set.

    Attributes:
        captions: N captions.
        samples: Rows of the table `samples`, their positions 0 … N − 1.
        features: Pair -> (N, D) of unit length, NaN where a pair gave no direction.
        unread: Rows of the table `unread`, their positions after those of the samples.
    """

    captions: tuple[Caption, ...]
    samples: tuple[Row, ...]
    features: Mapping[str, Tensor]
    unread: tuple[Row, ...]


def read(
    dataset: Dataset, positions: Sequence[int], pairs: Mapping[str, Pair], asking: Asking, canvas: Canvas
) -> Gallery:
    """Read pictures and captions; what can't be read or has no caption is counted, never raised."""
    captions: list[Caption] = []
    samples: list[Row] = []
    unread: list[Row] = []
    features: dict[str, list[Tensor]] = {name: [] for name in pairs}
    for start in range(0, len(positions), BLOCK):
        shown: list[Tensor] = []
        for i in positions[start : start + BLOCK]:
            try:
                native = dataset[i]
                sample = to_canvas(native, canvas)
                captions.append(asking.caption(sample, getattr(dataset, "titles", dataset.labels)))
            except DataError as error:
                unread.append({"sample": dataset.ids()[i], "reason": str(error)})
                continue
            samples.append(_row(dataset, i, native, sample, len(samples)))
            shown.append(sample.x)
        for name, pair in pairs.items():
            features[name].append(encoded(pair, shown))
    if not captions:
        raise DataError(
            "not one sample has a caption", where=dataset.name, fix="Say where captions are: text=…"
        )
    rest = tuple({**row, "position": len(samples) + k} for k, row in enumerate(unread))
    return Gallery(tuple(captions), tuple(samples), {n: torch.cat(f) for n, f in features.items()}, rest)


def encoded(pair: Pair, shown: Sequence[Tensor]) -> Tensor:
    """Return (B, D) features of canvases of any sizes, asked in batches of one shape."""
    views = [resample.view(x[None], pair.card.input)[0] for x in shown]
    found: list[Tensor] = [torch.empty(0)] * len(views)
    for shape in dict.fromkeys(v.shape for v in views):
        at = [i for i, v in enumerate(views) if v.shape == shape]
        with torch.no_grad():
            rows = pair.seen(torch.stack([views[i] for i in at]))
        for i, row in zip(at, rows, strict=True):
            found[i] = row
    return torch.stack(found) if found else torch.empty(0, 0)


def names(sample: Sample, titles: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a sample's labels: `African_grey, parrot` is `African grey` and `parrot`."""
    listed = (part.replace("_", " ").strip() for k in sorted(sample.y) for part in titles[k].split(","))
    return tuple(name for name in listed if name)


def said_and_seen(sample: Sample) -> dict[str, tuple[str, ...]]:
    """Return what is true of an object: what its masked pixels say, overruled by facts that are words."""
    mask = sample.aux.get("mask")
    seen = {} if mask is None else detect.known(sample.x, mask)
    said = {k: (v,) for k in STATED if isinstance(v := sample.facts.get(k), str)}
    return {**seen, **said}


def _row(dataset: Dataset, i: int, native: Sample, sample: Sample, position: int) -> Row:
    titles, mask = getattr(dataset, "titles", dataset.labels), sample.aux.get("mask")
    return {
        "sample": sample.id, "position": position,
        "label": " | ".join(titles[k] for k in sorted(sample.y)),
        "content": content_of(dataset, i, native),
        "height": native.x.shape[-2], "width": native.x.shape[-1],
        "canvas_height": sample.x.shape[-2], "canvas_width": sample.x.shape[-1],
        "mask_share": None if mask is None else float(object_share(mask)[0]),
        "facts": canonical_json(dict(sample.facts)),
    }  # fmt: skip
