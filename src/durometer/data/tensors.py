"""Data sets from memory: arrays, tensors, or any torch map-style data set of (image, label) pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError, Sample, Scalar
from durometer.data.arrays import as_masks, as_pixels
from durometer.data.base import Data, LeftOut, one_class
from durometer.data.images import Array
from durometer.data.maskfile import Threshold, check_threshold, to_mask


class InMemory(Data):
    """Images and labels from Python.

    Args:
        x: Images as an array or tensor, (N, H, W), (N, H, W, C) or (N, C, H, W), C of 1, 3 or 4 (alpha is
            dropped); uint8, uint16, bool or floats in [0, 1], rounded to 256 gray levels.
        y: N class numbers, names, or collections of those that all count as right; a negative number or None
            leaves the sample out. An (N, K) array of zeros and ones marks the accepted classes.
        masks: (N, H, W) or (N, 1, H, W): floats in [0, 1], or any value but zero.
        labels: Class names: number i in `y` means `labels[i]`. Without it, the numbers are the labels.
        name: For the report.
        ids: Unique names of the samples; `name/000012` if not given.
        facts: Columns of groups and known attributes.
        mask_threshold: See `durometer.data.open_data`.

    Raises:
        DataError: if the counts, shapes or values don't fit together.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        masks: Any = None,
        *,
        labels: Sequence[str] = (),
        name: str = "memory",
        ids: Sequence[str] = (),
        facts: Mapping[str, Sequence[Scalar]] | None = None,
        mask_threshold: Threshold = None,
        guesses: tuple[str, ...] = (),
    ) -> None:
        check_threshold(mask_threshold)
        self._pixels, self.name = as_pixels(to_array(x), where=name), name
        cells = [accepted(value) for value in _rows(y)]
        self._check_counts(cells, ids, facts or {})
        self.labels, targets = _targets(cells, tuple(labels), where=name)
        self._kept = [i for i, target in enumerate(targets) if target]
        self._targets, self._facts = targets, dict(facts or {})
        self._ids = ids or [f"{name}/{i:06d}" for i in range(len(cells))]
        self._masks = None if masks is None else as_masks(to_array(masks), len(cells), where=f"{name}, masks")
        self._threshold = mask_threshold
        self.mask_count = 0 if masks is None else len(self._kept)
        self.guesses = (*guesses, *self._pixels.guesses, *one_class(self.labels))
        self.left_out = _left_out(len(cells) - len(self._kept))

    @classmethod
    def from_pairs(cls, pairs: Any, *, labels: Sequence[str] = (), name: str = "memory") -> InMemory:
        """Read any map-style data set whose items are (image, label): tensors, arrays or PIL images.

        All images must be of one size; `pairs.classes`, as torchvision's data sets have it, gives the labels.
        """
        images, targets = zip(*(pairs[i] for i in range(len(pairs))), strict=True)
        arrays = [to_array(image) for image in images]
        if len({array.shape for array in arrays}) > 1:
            raise DataError(
                "the images are of several sizes", where=name, fix="Save them as files and give the folder"
            )
        return cls(np.stack(arrays), list(targets), labels=labels or getattr(pairs, "classes", ()), name=name)

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, i: int, /) -> Sample:
        at = self._kept[i]
        facts = {key: column[at] for key, column in self._facts.items()}
        return Sample(self._ids[at], self._pixels.image(at), self._targets[at], self._aux(at), facts)

    def ids(self) -> Sequence[str]:
        """Return the samples' ids."""
        return [self._ids[i] for i in self._kept] if self.left_out else self._ids

    def has_mask(self, i: int) -> bool:
        """Say whether sample i comes with a mask."""
        return self._masks is not None

    def _aux(self, at: int) -> dict[str, Tensor]:
        if self._masks is None:
            return {}
        return {"mask": torch.from_numpy(np.array(to_mask(self._masks[at], self._threshold)))[None]}

    def _check_counts(
        self, cells: Sequence[Any], ids: Sequence[str], facts: Mapping[str, Sequence[Scalar]]
    ) -> None:
        n = len(self._pixels)
        for what, count in (
            ("labels", len(cells)),
            ("ids", len(ids) or n),
            *((k, len(v)) for k, v in facts.items()),
        ):
            if count != n:
                raise DataError(f"there are {n} images but {count} {what}", where=self.name)
        if len(set(ids)) != len(ids):
            raise DataError("two samples have the same id", where=self.name)


def to_array(values: Any) -> Array:
    """Return an array of an array, tensor, PIL image or list."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def accepted(value: Any) -> frozenset[int | str]:
    """Return the accepted classes of one label: a number, a name, or a collection; nothing if unlabeled."""
    if value is None or isinstance(value, str):
        return frozenset({value}) if value else frozenset()
    if isinstance(value, set | frozenset | list | tuple):
        return frozenset().union(*(accepted(v) for v in value))
    number = int(value)
    return frozenset({number}) if number >= 0 else frozenset()


def _rows(y: Any) -> list[Any]:
    """Return one label a sample: numbers, names or collections."""
    if isinstance(y, list | tuple) and not all(isinstance(v, int | float) for v in y):
        return [v.item() if isinstance(v, Tensor | np.generic) else v for v in y]
    array = to_array(y)
    if array.ndim == 2 and array.shape[1] > 1:  # one column a class
        return [frozenset(np.flatnonzero(row).tolist()) for row in array]
    return array.reshape(-1).tolist() if array.size == len(array) else array.tolist()


def _targets(
    cells: Sequence[frozenset[int | str]], labels: tuple[str, ...], *, where: str
) -> tuple[tuple[str, ...], list[frozenset[int]]]:
    distinct = frozenset[int | str]().union(*cells)
    if not distinct:
        raise DataError("no sample has a label", where=where)
    if labels:
        beyond = [v for v in distinct if not (v in labels or (isinstance(v, int) and v < len(labels)))]
        if beyond:
            raise DataError(
                f"the label {beyond[0]!r} is not among the {len(labels)} names given", where=where
            )
        return labels, [frozenset(labels.index(v) if isinstance(v, str) else v for v in c) for c in cells]
    ordered = sorted(distinct, key=lambda v: (isinstance(v, str), v))
    place = {value: i for i, value in enumerate(ordered)}
    return tuple(map(str, ordered)), [frozenset(place[v] for v in c) for c in cells]


def _left_out(n: int) -> tuple[LeftOut, ...]:
    return (("samples", n, "they have no label"),) if n else ()
