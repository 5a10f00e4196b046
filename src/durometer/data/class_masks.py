"""Masks that hold class ids in color, as ImageNet-S keeps them: red + 256 · green, 1000 where ignored."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np

from durometer.core import DataError
from durometer.data.images import Array, open_image, orient, orientation_of, read_bytes

IGNORED = 1000
CLASSES = 919
"""Classes are numbered from 1 to this; 0 is everything else."""
LOOKED_AT = 8
"""Masks that are looked at before a folder is taken for ImageNet-S's."""
GUESS = (
    "The masks are read as ImageNet-S's, class ids in color: pixels marked 1000 (ignored) are no object, and "
    "every class that a mask marks is."
)


def hold_class_ids(paths: Iterable[Path]) -> bool:
    """Say whether the first masks of a folder are ImageNet-S's, as far as their colors tell.

    All must be RGB with no blue and ids up to 919 or 1000, and not all of one and the same plain red.
    """
    found = [_ids_or_none(path) for path in islice(paths, LOOKED_AT)]
    ids = [values for values in found if values is not None]
    marked = np.unique(np.concatenate([np.unique(v[v > 0]) for v in ids])) if ids else np.empty(0)
    plain_red = marked.size == 1 and marked[0] == 255
    return bool(ids) and len(ids) == len(found) and marked.size > 0 and not plain_red


def read_object(path: Path, *, where: str) -> Array:
    """Return (H, W) bool, upright: every pixel of a class, without those that are ignored.

    Raises:
        DataError: if the file can't be read or holds something else than class ids.
    """
    ids = _ids(path, where=where)
    if ids is None:
        raise DataError("the mask holds colors that are no class ids of ImageNet-S", where=where)
    marked: Array = (ids > 0) & (ids != IGNORED)
    return marked


def _ids_or_none(path: Path) -> Array | None:
    try:
        return _ids(path, where=str(path))
    except DataError:
        return None  # reading the sample says what is wrong with it


def _ids(path: Path, *, where: str) -> Array | None:
    """Return the ids, or nothing if the image is no such mask."""
    image = open_image(read_bytes(path, where=where), where=where)
    if image.mode != "RGB":
        return None
    red, green, blue = np.moveaxis(np.asarray(image).astype(np.int64), -1, 0)
    ids: Array = red + 256 * green
    if blue.any() or not ((ids <= CLASSES) | (ids == IGNORED)).all():
        return None
    return orient(ids, orientation_of(image))
