"""Arrays in a .npz file: images and labels, with masks and class names where there are any."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from durometer.core import DataError
from durometer.data.base import Data, Options
from durometer.data.images import Array
from durometer.data.tensors import InMemory

IMAGES = ("x", "images", "image", "data", "imgs")
LABELS = ("y", "labels", "label", "targets", "target")
MASKS = ("masks", "mask")
NAMES = ("class_names", "label_names", "classes", "names")
SPLITS = ("test", "val", "valid", "train")
"""Tried in this order where the names carry a split: `x_test`, `test_images`."""


def read_npz(where: str, options: Options) -> Data:
    """Read a .npz: `x` or `images`, `y` or `labels`, optionally `masks` and `class_names`.

    Names may carry a split before or after (`x_test`, `val_images`); without `split`, `test` goes before
    `val` before `train`, and that is said.

    Raises:
        DataError: not a .npz, pickled content, no images or no labels.
    """
    path = Path(where)
    arrays = load(path)
    split, guesses = chosen(arrays, options, where=where)
    x, y = found(arrays, IMAGES, split), found(arrays, LABELS, split)
    if x is None or y is None:
        raise DataError(
            f"no array is named as {'images' if x is None else 'labels'} are; there are {', '.join(arrays)}",
            where=where,
            fix="Name the images x and the labels y",
        )
    masks, names = found(arrays, MASKS, split), found(arrays, NAMES, "") or _names(arrays, y)
    return InMemory(
        arrays[x],
        arrays[y],
        masks=arrays[masks] if masks else _masks_file(options),
        labels=[str(v) for v in arrays[names].tolist()] if names else (),
        name=path.stem + (f", {split}" if split else ""),
        ids=[f"{path.stem}/{split or 'x'}/{i:06d}" for i in range(len(arrays[x]))],
        mask_threshold=options.mask_threshold,
        guesses=(f"{path.name}: {x!r} are the images, {y!r} the labels.", *guesses),
    )


def load(path: Path) -> dict[str, Array]:
    """Return the arrays of a .npz.

    Raises:
        DataError: if it is none, is damaged or holds pickled objects.
    """
    try:
        # opened here: np.load leaves its own handle open when the file is not a zip
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise DataError("there is no such file", where=str(path)) from None
    except ValueError as error:
        what = (
            "holds pickled objects, which are not loaded"
            if "pickle" in str(error)
            else f"is damaged ({error})"
        )
        raise DataError(f"the file {what}", where=str(path), fix="Save plain arrays of numbers") from error
    except (OSError, zipfile.BadZipFile, AttributeError, EOFError, TypeError) as error:
        raise DataError("this is not a .npz file, or it is damaged", where=str(path)) from error


def chosen(arrays: Iterable[str], options: Options, *, where: str) -> tuple[str, tuple[str, ...]]:
    """Return the split to read, empty if there are none, and what is to be said of the choice.

    Raises:
        DataError: if the split that was asked for is not there.
    """
    names = list(arrays)
    splits = [s for s in SPLITS if found(names, IMAGES, s)]
    if options.split:
        if options.split not in splits:
            raise DataError(
                f"there is no split {options.split!r}",
                where=where,
                fix=f"There are: {', '.join(splits) or 'none'}",
            )
        return options.split, ()
    if found(names, IMAGES, "") or not splits:
        return "", ()
    return splits[0], (f"Of the splits {', '.join(splits)}, {splits[0]!r} is used.",)


def found(names: Iterable[str], known: Iterable[str], split: str) -> str | None:
    """Return the array of one of the known names, with the split before or after it."""
    wanted = [w for k in known for w in ((f"{k}_{split}", f"{split}_{k}") if split else (k,))]
    plain = {name.lower(): name for name in names}
    return next((plain[w] for w in wanted if w in plain), None)


def _names(arrays: Mapping[str, Array], y: str) -> str | None:
    """Return `labels` where `y` holds the labels and `labels` their names."""
    if y != "labels" and "labels" in arrays and arrays["labels"].dtype.kind in "US":
        return "labels"
    return None


def _masks_file(options: Options) -> Array | None:
    """Return masks from a second file: `masks=FILE.npy`."""
    if options.masks is None:
        return None
    path = Path(options.masks)
    if path.suffix.lower() != ".npy" or not path.is_file():
        raise DataError(
            "masks for a .npz must be an array 'masks' in it, or a .npy file", where=str(options.masks)
        )
    try:
        masks: Array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(
            "this is not an array that NumPy can read without pickles", where=str(path)
        ) from error
    return masks
