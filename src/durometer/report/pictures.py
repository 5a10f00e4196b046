"""Which pictures go into the file: a fair share of every cell, within a budget of bytes, counted."""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from durometer.core import DurometerError
from durometer.explain.findings import Picture, Summary

BUDGET = 3_500_000
"""Bytes of all pictures of a file as written (base64): the report stays within 5 MB."""
SMALL = 64
"""Up to this many pixels a side, pixels are shown as squares instead of being smoothed."""
KINDS = ("right→wrong", "wrong→right", "still wrong", "still right")
LEADS = 3
TYPES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp", b"GIF8": "gif"}

Artifact = Callable[[str], bytes]


@dataclass(frozen=True)
class Thumb:
    """One image as it stands in the file; `width` and `height` in pixels."""

    uri: str
    width: int
    height: int

    @property
    def pixelated(self) -> bool:
        """Whether its pixels are shown as squares."""
        return max(self.width, self.height) <= SMALL


@dataclass(frozen=True)
class Pair:
    """A picture of the gallery with both images; `number` counts from 1 on the page."""

    number: int
    picture: Picture
    original: Thumb
    edited: Thumb


@dataclass(frozen=True)
class Gallery:
    """The pairs that are shown.

    Attributes:
        pairs: In the order of the summary.
        leads: The few for the first screen, out of `pairs`.
        saved: How many the record holds.
        unreadable: How many of them have no readable image in the record.
    """

    pairs: tuple[Pair, ...] = ()
    leads: tuple[Pair, ...] = ()
    saved: int = 0
    unreadable: int = 0


def choose(summary: Summary, artifact: Artifact, *, budget: int = BUDGET) -> Gallery:
    """Return the pairs that fit the budget, taken in turn from each (kind, condition, model).

    Args:
        summary: Its `pictures` name the images.
        artifact: Returns the bytes of an image by its name; a `Record` offers it.
        budget: Bytes for all images, as written.
    """
    album = _Album(artifact)
    left, taken, unreadable = budget - _lead_cost(summary, album), {}, 0
    for at in _in_turn(summary.pictures):
        pair = album.pair(summary.pictures[at])
        if pair is None:
            unreadable += 1
        elif (cost := sum(len(t.uri) for t in pair)) <= left:
            taken[at], left = pair, left - cost
    pairs = tuple(Pair(i + 1, summary.pictures[at], *taken[at]) for i, at in enumerate(sorted(taken)))
    return Gallery(pairs, _leads(summary, pairs), len(summary.pictures), unreadable)


class _Album:
    """Images already read, by name."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self._read: dict[str, Thumb | None] = {}

    def pair(self, picture: Picture) -> tuple[Thumb, Thumb] | None:
        original, edited = self._thumb(picture.original), self._thumb(picture.edited)
        return (original, edited) if original and edited else None

    def _thumb(self, name: str) -> Thumb | None:
        if name not in self._read:
            try:
                self._read[name] = thumb(self._artifact(name))
            except (DurometerError, OSError, KeyError):
                self._read[name] = None  # counted as unreadable; a report is not lost for an image
        return self._read[name]


def thumb(data: bytes) -> Thumb | None:
    """Return an image for the page, or None if the bytes are not a sound PNG, JPEG, WebP or GIF."""
    from PIL import Image

    kind = next((kind for magic, kind in TYPES.items() if data.startswith(magic)), None)
    if kind is None:
        return None
    try:
        with Image.open(io.BytesIO(data)) as image:  # reads the header only
            width, height = image.size
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return Thumb(f"data:image/{kind};base64,{base64.b64encode(data).decode()}", width, height)


def _in_turn(pictures: tuple[Picture, ...]) -> Iterator[int]:
    """Yield positions: the first picture of every cell, then the second of every cell, and so on."""
    cells: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for at, p in enumerate(pictures):
        cells[KINDS.index(p.kind), p.condition, p.model].append(at)
    queues = [
        cells[key] for key in sorted(cells, key=lambda key: key[0])
    ]  # a stable sort: order of the summary
    for turn in zip_longest(*queues):
        yield from (at for at in turn if at is not None)


def _leads(summary: Summary, pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """What the headline speaks of first: mistakes, the surest of them, no sample twice."""
    effect = summary.headline.effect
    at = (effect.condition, effect.model) if effect else ("", "")
    order = {e.condition: i for i, e in reversed(list(enumerate(summary.effects)))}
    best = sorted(
        pairs,
        key=lambda pair: (
            (pair.picture.condition, pair.picture.model) != at,
            KINDS.index(pair.picture.kind),
            order.get(pair.picture.condition, len(order)),
            -pair.picture.after_confidence,
        ),
    )
    seen: dict[str, Pair] = {}
    for pair in best:
        seen.setdefault(pair.picture.sample, pair)
    return tuple(seen.values())[:LEADS]


def _lead_cost(summary: Summary, album: _Album) -> int:
    """Bytes kept free for the first screen, which shows a few pairs a second time."""
    costs = (sum(len(t.uri) for t in pair) for p in summary.pictures[:200:20] if (pair := album.pair(p)))
    return LEADS * max(costs, default=0)
