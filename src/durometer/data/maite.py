"""MAITE data sets and data loaders as ours, by their shape alone: the package need not be installed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError, Dataset, Sample, Scalar
from durometer.data.base import Data, LeftOut, one_class
from durometer.data.maite_items import accepted, pixels_of, white_of
from durometer.data.maskfile import Threshold, to_mask
from durometer.data.tensors import to_array

MASK = "mask"
"""Key of a datum's metadata that holds the object's mask, (H, W) or (1, H, W)."""
LOOKED_AT = 32
"""So many pictures are looked at to find out what white is, where reading all is not needed."""


class _About(NamedTuple):
    """What is kept of an item that is not in memory; no target if it could not be read."""

    id: str
    target: frozenset[int] | None
    masked: bool


class MaiteData(Data):
    """A MAITE image-classification data set (protocols of MAITE 0.10): items (input, target, metadata).

    The input is (C, H, W), C of 1, 3 or 4 (alpha is dropped): uint8, uint16, bool or floats. The target is
    one-hot (several ones: all of them count as right), probabilities (the largest counts) or a class number;
    all zeros leave the sample out. Of the metadata, `id` names the sample, `mask` is the object's mask, what
    is plain text, number or truth value becomes a fact. Everything is read once when opened, for ids and
    targets, unless the data set has `get_metadata` and `get_target`.

    Args:
        source: The data set; a MAITE data loader goes through `from_maite`.
        mask_threshold: See `durometer.data.open_data`.

    Raises:
        DataError: if an item is none of that; names it.
    """

    def __init__(self, source: Any, *, mask_threshold: Threshold = None) -> None:
        self._source, self._threshold = source, mask_threshold
        self.name = str(source.metadata["id"])
        if not len(source):
            raise DataError("the data set is empty", where=self.name)
        known = [self._about(i) for i in range(len(source))]
        self._targets = [one.target for one in known]
        self._kept = [i for i, target in enumerate(self._targets) if target is None or target]
        self._ids, self._masked = [one.id for one in known], [one.masked for one in known]
        self._check_ids()
        self._white, guessed = self._find_white()
        self.labels = self._names(max((max(t) for t in self._targets if t), default=-1) + 1)
        self.mask_count = sum(self._masked[i] for i in self._kept)
        self.guesses = (*guessed, *one_class(self.labels))
        empty = len(known) - len(self._kept)
        self.left_out: tuple[LeftOut, ...] = (("samples", empty, "they have no label"),) if empty else ()

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, i: int, /) -> Sample:
        at = self._kept[i]
        x, _, metadata = self._item(at)
        target = self._targets[at]
        if target is None:
            raise DataError("could not be read when the data set was opened", where=self._ids[at])
        facts = {k: _plain(v) for k, v in metadata.items() if k not in ("id", MASK) and _is_plain(_plain(v))}
        pixels = pixels_of(to_array(x), self._white, where=self._ids[at])
        aux = {} if metadata.get(MASK) is None else {"mask": self._mask(metadata[MASK], pixels, at)}
        return Sample(self._ids[at], pixels, target, aux, facts)

    def ids(self) -> Sequence[str]:
        """Return the metadata's ids as text."""
        return [self._ids[i] for i in self._kept]

    def has_mask(self, i: int) -> bool:
        """Say whether the metadata of sample i held a mask."""
        return self._masked[self._kept[i]]

    def _item(self, at: int) -> tuple[Any, Any, Mapping[str, Any]]:
        try:
            x, target, metadata = self._source[at]
        except DataError:
            raise
        except Exception as error:  # a stranger's reader may fail in any way
            reason = " ".join(str(error).split()) or type(error).__name__
            raise DataError(f"item {at} can't be read: {reason}", where=self.name) from error
        return x, target, metadata

    def _about(self, at: int) -> _About:
        if hasattr(self._source, "get_target") and hasattr(self._source, "get_metadata"):
            target, metadata = self._source.get_target(at), self._source.get_metadata(at)
        else:
            try:
                _, target, metadata = self._item(at)
            except DataError:
                return _About(f"item {at}", None, False)  # the run counts it when it comes to it
        if not isinstance(metadata, Mapping) or "id" not in metadata:
            raise DataError(f"the metadata of item {at} has no 'id'", where=self.name)
        accepts = accepted(target, where=f"{self.name}, {metadata['id']}")
        return _About(str(metadata["id"]), accepts, metadata.get(MASK) is not None)

    def _check_ids(self) -> None:
        seen: set[str] = set()
        for name in self._ids:
            if name in seen:
                raise DataError(f"two items have the id {name!r}", where=self.name)
            seen.add(name)

    def _find_white(self) -> tuple[float, tuple[str, ...]]:
        step = -(-len(self._source) // LOOKED_AT)
        some = [i for i in range(0, len(self._source), step) if self._targets[i] is not None]
        seen = [to_array(self._item(i)[0]) for i in some]
        if not seen:
            raise DataError("no item can be read", where=self.name)
        return white_of(seen, where=self.name)

    def _names(self, fewest: int) -> tuple[str, ...]:
        named = {int(k): str(v) for k, v in dict(self._source.metadata.get("index2label") or {}).items()}
        return tuple(named.get(k, str(k)) for k in range(max(fewest, *(k + 1 for k in named), 0)))

    def _mask(self, value: Any, pixels: Tensor, at: int) -> Tensor:
        mask = to_array(value)
        mask = mask[0] if mask.ndim == 3 and len(mask) == 1 else mask
        if mask.shape != tuple(pixels.shape[-2:]):
            raise DataError(
                f"the mask is {mask.shape}, the image {tuple(pixels.shape[-2:])}",
                where=self._ids[at],
                fix="Give masks as (H, W), of their images' size",
            )
        return torch.from_numpy(np.array(to_mask(mask, self._threshold)))[None]


class _Held:
    """What a data loader gave, held in memory as a data set."""

    def __init__(self, loader: Iterable[Any], name: str) -> None:
        self.metadata = dict(getattr(loader, "metadata", None) or {"id": name})
        self._items: list[tuple[Any, Any, Any]] = []
        for batch in loader:
            try:
                inputs, targets, metadata = batch
                self._items += zip(inputs, targets, metadata, strict=True)
            except (TypeError, ValueError) as error:
                raise DataError(
                    "a batch is not (inputs, targets, metadata) of one length", where=name
                ) from error

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, i: int, /) -> tuple[Any, Any, Any]:
        return self._items[i]


def from_maite(source: Any, *, mask_threshold: Threshold = None) -> MaiteData:
    """Return a MAITE data set or data loader as a data set; a loader is read once, into memory.

    Raises:
        DataError: if it is neither.
    """
    if hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        return MaiteData(source, mask_threshold=mask_threshold)
    return MaiteData(_Held(source, type(source).__name__), mask_threshold=mask_threshold)


def adopt(source: Any, *, mask_threshold: Threshold = None) -> Dataset:
    """Return a Python object as a data set: ours as it is, MAITE's read as `from_maite` does.

    Raises:
        DataError: if it is none of them; says which shape is wanted.
    """
    if isinstance(source, Dataset):
        return source
    described = isinstance(getattr(source, "metadata", None), Mapping) and "id" in source.metadata
    if (described and hasattr(source, "__getitem__") and hasattr(source, "__len__")) or _is_loader(source):
        return from_maite(source, mask_threshold=mask_threshold)
    raise DataError(
        f"{type(source).__name__} is no data set",
        fix="Give a folder, a name, a durometer or MAITE data set, or InMemory.from_pairs(…) of a torch one",
    )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _is_plain(value: Any) -> bool:
    return isinstance(value, Scalar) and not (isinstance(value, float) and not math.isfinite(value))


def _is_loader(source: Any) -> bool:
    return hasattr(source, "__iter__") and not isinstance(source, str | bytes | Mapping | list | tuple | set)
