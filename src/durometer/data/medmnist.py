"""MedMNIST as published: a .npz a data set, three splits in it, small pictures of one kind."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from durometer.core import DataError, did_you_mean
from durometer.data.base import Options
from durometer.data.images import Array
from durometer.data.medmnist_names import CLASSES, TITLES
from durometer.data.npz import IMAGES, LABELS, chosen, found, load
from durometer.data.tensors import InMemory

ENTRIES = frozenset(f"{split}_{what}" for split in ("train", "val", "test") for what in ("images", "labels"))
SUITE = "medmnist-c"


def data_set_of(path: Path) -> str:
    """Return which data set a file is by its name: `pneumoniamnist` of `PneumoniaMNIST_224.npz`; or nothing.

    The name may be shortened (`pneumonia_val.npz`) and be followed by anything but a letter.
    """
    begin = re.match(r"[a-z]+", path.stem.lower())
    word = begin.group().removesuffix("mnist") if begin else ""
    return next((name for name in CLASSES if word == name.removesuffix("mnist")), "")


def holds_medmnist(path: Path) -> bool:
    """Say whether a file is one of MedMNIST's, by its name and by what its arrays are called."""
    if not data_set_of(path) or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as file:
        names = {name.removesuffix(".npy") for name in file.namelist()}
    return bool(names) and names <= ENTRIES


def read_medmnist(where: str, options: Options) -> InMemory:
    """Read one split of a MedMNIST file: `test` before `val` before `train`, or the one that is asked for.

    Pictures are (N, side, side) gray or (N, side, side, 3), sides 28, 64, 128 or 224; labels (N, 1).

    Raises:
        DataError: no MedMNIST name, several labels a picture, arrays that do not fit; says what to do.
    """
    path = Path(where)
    name = data_set_of(path)
    if not name:
        hint = did_you_mean(path.stem.lower(), CLASSES) or f"Names are: {', '.join(CLASSES)}"
        what = "the file's name is not that of a MedMNIST data set"
        raise DataError(what, where=where, fix=hint.rstrip("."))
    arrays = load(path)
    split, guesses = chosen(arrays, options, where=where)
    x, y = found(arrays, IMAGES, split), found(arrays, LABELS, split)
    if x is None or y is None:
        raise DataError(
            f"a MedMNIST file has {', '.join(sorted(ENTRIES))}; this one has {', '.join(arrays)}", where=where
        )
    return MedMnist(
        arrays[x], _labels(arrays[y], name, where=where), titles=CLASSES[name],
        name=f"{TITLES[name]}, {split or x}",
        ids=[f"{name}/{split or x}/{i:06d}" for i in range(len(arrays[x]))],
        suite=f"{SUITE}-{name}",
        guesses=(f"By its name, {path.name} is {TITLES[name]}; if it isn't, give npz:FILE.", *guesses),
    )  # fmt: skip


class MedMnist(InMemory):
    """A split of a MedMNIST data set, with the suite of its own corruptions.

    Its labels are the numbers that networks are trained with: class names in another order than the
    alphabet's would be taken for other outputs.

    Args:
        x: Images.
        y: One class number an image.
        titles: Names of the classes.
        suite: Its suite.
        known: What `InMemory` takes.
    """

    def __init__(self, x: Array, y: Array, *, titles: Sequence[str], suite: str, **known: object) -> None:
        super().__init__(x, y, labels=tuple(map(str, range(len(titles)))), **known)  # type: ignore[arg-type]
        self.suite, self._titles = suite, tuple(titles)

    @property
    def titles(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self._titles


def _labels(y: Array, name: str, *, where: str) -> Array:
    if y.ndim == 2 and y.shape[1] > 1:
        raise DataError(
            f"{TITLES[name]} has {y.shape[1]} labels a picture, each yes or no, and a run asks for one class",
            where=where,
            fix="Save the label that you ask about as an array of shape (N, 1) in a .npz of another name",
        )
    y = y.reshape(-1)
    if y.dtype.kind not in "ui" or (y.size and not 0 <= int(y.min()) <= int(y.max()) < len(CLASSES[name])):
        raise DataError(
            f"the labels are not numbers from 0 to {len(CLASSES[name]) - 1}, as those of {TITLES[name]} are",
            where=where,
            fix="Read another data set of this name with npz:FILE",
        )
    return y
