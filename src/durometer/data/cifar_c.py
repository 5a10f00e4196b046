"""CIFAR-10-C and CIFAR-100-C as published: an array a corruption, all five severities in it, and labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from torch import Tensor

from durometer.core import DataError
from durometer.data.arrays import Pixels, as_pixels
from durometer.data.base import Options
from durometer.data.images import Array
from durometer.data.published_corruptions import (
    BENCHMARKS,
    CLEAN,
    SEVERITIES,
    PublishedCorruption,
    listed,
    name_of,
)
from durometer.data.tensors import InMemory

LABELS = "labels.npy"
CIFAR_10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class CifarC(InMemory):
    """Clean test images with a corrupted version for each corruption and severity; arrays stay on disk.

    Args:
        x: (n, 32, 32, 3) the clean images.
        y: n labels.
        files: Corruption's file -> (5 n, 32, 32, 3), severity after severity in the order of the clean ones.
        edits: Variant -> key of the published corruption.
        known: What `InMemory` takes.
    """

    def __init__(
        self, x: Array, y: Array, *, files: Mapping[str, Pixels], edits: Mapping[str, str], **known: object
    ):
        super().__init__(x, y, **known)  # type: ignore[arg-type]
        self._files, self._n = dict(files), len(x)
        self.edits, self.variants, self.suite = dict(edits), tuple(edits), "cifar-c"

    def variant(self, i: int, name: str) -> Tensor:
        """Return the pixels (3, H, W) uint8 of sample i under a corruption at a severity."""
        if name not in self.edits:
            raise DataError("there is no such corrupted image", where=name)
        file, _, severity = name.rpartition("/")
        return self._files[file].image((int(severity) - 1) * self._n + i)


def holds_cifar_c(root: Path) -> bool:
    """Say whether a folder is laid out so: `labels.npy` beside an array named as a corruption."""
    return (root / LABELS).is_file() and bool(_corruptions(root))


def read_cifar_c(where: str, options: Options) -> CifarC:
    """Read the clean array, the labels, and each corruption's array.

    Raises:
        DataError: no corruptions, no clean array, or counts and shapes that do not fit together.
    """
    root = Path(where)
    files = _corruptions(root)
    if not files:
        raise DataError("there is no array of a corruption of CIFAR-C", where=where)
    if options.masks is not None:
        raise DataError("masks are not read with CIFAR-C", where=where, fix="Leave them out")
    clean = _clean(root)
    x = _load(clean)
    y = _labels(root / LABELS, len(x))
    benchmark = "cifar-10-c" if y.max() < len(CIFAR_10) else "cifar-100-c"
    title, names = BENCHMARKS[benchmark], tuple(files)
    return CifarC(
        x, y, name=title, ids=[f"test/{i:05d}" for i in range(len(x))],
        labels=CIFAR_10 if benchmark == "cifar-10-c" else tuple(map(str, range(100))),
        files={name: _pixels(path, x) for name, path in files.items()},
        edits={f"{name}/{s}": PublishedCorruption(benchmark, name_of(name), s).key
               for name in names for s in SEVERITIES},
        guesses=(
            f"By its layout this is {title}, with {listed(tuple(map(name_of, names)))}.",
            f"The clean images are those in {clean.name!r}, in the order of the corrupted ones.",
        ),
    )  # fmt: skip


def _corruptions(root: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(root.glob("*.npy")) if name_of(path.stem)}


def _clean(root: Path) -> Path:
    found = next((root / f"{name}.npy" for name in CLEAN if (root / f"{name}.npy").is_file()), None)
    if found is None:
        fix = f"Save the clean test images, in their usual order, as {CLEAN[0]}.npy beside the corruptions"
        raise DataError("there is no array of the clean images of CIFAR-C", where=str(root), fix=fix)
    return found


def _labels(path: Path, n: int) -> Array:
    """Return n labels; the published file repeats them for each severity."""
    y = _load(path)
    if y.ndim == 1 and len(y) == n * len(SEVERITIES):
        y = y.reshape(len(SEVERITIES), n)
        if (y != y[0]).any():
            raise DataError("the labels are not the same at each severity", where=str(path))
        y = y[0]
    if y.shape != (n,) or y.dtype.kind not in "ui":
        fix = f"Give one integer a clean image, or {len(SEVERITIES)} times all of them"
        raise DataError(f"labels of shape {y.shape} do not fit {n} clean images", where=str(path), fix=fix)
    return y


def _pixels(path: Path, clean: Array) -> Pixels:
    values = _load(path)
    wanted = (len(clean) * len(SEVERITIES), *clean.shape[1:])
    if values.shape != wanted or values.dtype != np.uint8:
        raise DataError(
            f"an array of shape {values.shape} and type {values.dtype} is not {len(SEVERITIES)} severities "
            f"of the {len(clean)} clean images",
            where=str(path),
            fix=f"It must be uint8 of shape {wanted}",
        )
    return as_pixels(values, where=str(path))


def _load(path: Path) -> Array:
    try:
        found: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        fix = "Download it again"
        raise DataError("NumPy can't read this array without pickles", where=str(path), fix=fix) from error
    return found
