"""Which pictures of a folder get a mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from durometer.core import DataError, UsageError, order_key
from durometer.data.images import is_image
from durometer.data.lean import Names
from durometer.data.masks import find_masks
from durometer.data.pairing import stem
from durometer.data.walk import files_below


def pictures(
    images: Path, *, out: Path, truth: Path | None, boxes: Iterable[str], limit: int | None, seed: int
) -> Names:
    """Return the paths of the pictures below a folder, or the name of the one picture.

    Args:
        images: The folder, or one picture.
        out: Where masks go; what lies in it is no picture.
        truth: Where true masks are; they are no pictures either.
        boxes: Pictures that must be there.
        limit: At most so many, drawn by their paths so that the rest plays no part.
        seed: Draws them.

    Raises:
        DataError: if there is no such folder, or no picture in it.
        UsageError: if masks would go among the pictures, or there is a box for one that is not there.
    """
    if images.is_file() and is_image(images.name):
        return Names([images.name])
    if not images.is_dir():
        raise DataError("there is no such folder of pictures", where=str(images))
    root, mine = images.resolve(), out.resolve()
    if root.is_relative_to(mine):
        raise UsageError("masks can't go where the pictures are", where=str(out), fix="Give another folder")
    found = [n for n in files_below(images, is_image) if not (root / n).resolve().is_relative_to(mine)]
    found = _without_truth(found, root, truth)
    if not found:
        raise DataError("the folder holds no pictures", where=str(images), fix="Give a folder of image files")
    if strange := sorted({*boxes} - {*found}):
        raise UsageError(f"there is a box for {strange[0]!r}, but no such picture", where=str(images))
    if limit is not None and limit < len(found):
        drawn = {*sorted(found, key=lambda name: order_key(seed, name, "mask"))[:limit]}
        found = [name for name in found if name in drawn]
    return Names(found)


def same_stem(names: Sequence[str]) -> dict[str, str]:
    """Return the pictures whose mask would have the name of an earlier one's, and that earlier one."""
    first, twice = dict[str, str](), dict[str, str]()
    for name in names:
        if first.setdefault(stem(name), name) != name:
            twice[name] = first[stem(name)]
    return twice


def _without_truth(found: list[str], root: Path, truth: Path | None) -> list[str]:
    """Leave out the true masks among them: `a.png` beside `a.jpg`, or a folder of masks inside."""
    if truth is None or not truth.is_dir():
        return found
    folder = truth.resolve()
    if folder != root:
        return [name for name in found if not (root / name).resolve().is_relative_to(folder)]
    masks = {*find_masks(truth, [name for name in found if name.lower().endswith((".jpg", ".jpeg"))]).names}
    return [name for name in found if name not in masks]
