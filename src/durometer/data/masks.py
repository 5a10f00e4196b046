"""Object masks: a second folder of PNG or .npy files, or the image's own alpha channel."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError
from durometer.data.images import Array, Picture, is_image, open_image, orient, read_bytes
from durometer.data.lean import Names
from durometer.data.pairing import pair, some, stem
from durometer.data.walk import files_below

Threshold = float | Literal["soft"] | None


class Masks(Protocol):
    """Where the masks of a data set come from."""

    count: int

    def has(self, i: int, /) -> bool:
        """Say whether sample i has a mask."""
        ...

    def read(self, i: int, picture: Picture, /, *, where: str) -> Tensor | None:
        """Return the mask of sample i as (1, H, W) float32 in [0, 1], upright as its picture.

        Raises:
            DataError: if it can't be read or is of another size than its image.
        """
        ...


class MaskFiles:
    """Masks in files: `names[i]` below `root`, empty where there is none.

    Args:
        root: Folder of the masks.
        names: Path of each sample's mask below it.
        threshold: None: any value but zero is object. A number in [0, 1): above this share of white.
            `soft`: the share of white itself.
    """

    def __init__(self, root: Path, names: Names, threshold: Threshold = None) -> None:
        check_threshold(threshold)
        self.root, self.names, self.threshold = root, names, threshold
        self.count = sum(1 for name in names if name)

    def has(self, i: int, /) -> bool:
        """Say whether sample i has a mask."""
        return bool(self.names[i])

    def read(self, i: int, picture: Picture, /, *, where: str) -> Tensor | None:
        """Return the mask of sample i, or None."""
        name = self.names[i]
        if not name:
            return None
        values = read_values(self.root / name, where=f"mask {name!r}")
        return fit(to_mask(values, self.threshold), picture, where=where)


class AlphaMasks:
    """Each image's own alpha channel, as it is: soft."""

    def __init__(self, alpha: Sequence[bool] | bytearray) -> None:
        self._alpha = bytearray(alpha)
        self.count = sum(self._alpha)

    def has(self, i: int, /) -> bool:
        """Say whether sample i has a mask."""
        return bool(self._alpha[i])

    def read(self, i: int, picture: Picture, /, *, where: str) -> Tensor | None:
        """Return the alpha channel that was set aside when decoding."""
        return picture.alpha


def find_masks(folder: str | Path, ids: Sequence[str], *, threshold: Threshold = None) -> MaskFiles:
    """Pair the image and .npy files below a folder with the ids of the same stem.

    Raises:
        DataError: no folder, no mask in it, two masks of one stem, or none that fits an image.
    """
    root, known = Path(folder), dict[str, str]()
    if not root.is_dir():
        raise DataError("there is no such folder of masks", where=str(folder))
    for name in files_below(root, lambda n: is_image(n) or n.endswith(".npy")):
        # an image of the same stem beside its mask (davis: a.jpg and a.png) is not a second mask
        if known.setdefault(stem(name), name) != name:
            known[stem(name)] = _of_two(known[stem(name)], name, where=str(folder))
    if not known:
        raise DataError("the folder holds no masks (image files or .npy)", where=str(folder))
    names = pair(ids, known, where=str(folder))
    if not any(names):
        raise DataError(
            f"none of its {len(known)} masks fits an image by its stem; one is {some([*known.values()], 1)}",
            where=str(folder),
            fix="Name each mask as its image: dog.png for dog.jpg",
        )
    return MaskFiles(root, names, threshold)


def read_mask(path: str | Path, picture: Picture, *, threshold: Threshold = None) -> Tensor:
    """Return the mask of one image as (1, H, W) float32 in [0, 1], upright as its picture.

    Raises:
        DataError: if it can't be read, or is of another size than the image.
    """
    check_threshold(threshold)
    values = read_values(Path(path), where=str(path))
    return fit(to_mask(values, threshold), picture, where=str(path))


def read_values(path: Path, *, where: str) -> Array:
    """Return a mask file's values as (H, W): uint8 or uint16 gray or palette index, bool, or float."""
    data = read_bytes(path, where=where)
    if path.suffix.lower() == ".npy":
        return _read_npy(data, where=where)
    image = open_image(data, where=where)
    if image.mode in ("1", "P", "L") or image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image)
    else:
        pixels = np.asarray(image.convert("RGBA")).astype(np.float64)
        values = np.rint(pixels[..., :3].max(axis=-1) * pixels[..., 3] / 255).astype(np.uint8)
    return orient(values, image.getexif().get(0x0112, 1) if image.getexif() else 1)


def to_mask(values: Array, threshold: Threshold = None) -> Array:
    """Return (H, W) float32 in [0, 1]; see `MaskFiles` for the threshold. Without one, floats are soft."""
    if threshold is None and values.dtype.kind != "f":
        return np.asarray(values != 0, dtype=np.float32)
    share: Array = values.astype(np.float32) / _white(values)
    if threshold is None or threshold == "soft":
        return share
    return np.asarray(share > threshold, dtype=np.float32)


def fit(mask: Array, picture: Picture, *, where: str) -> Tensor:
    """Return the mask as a tensor, upright as its picture.

    A mask of the upright size is taken to be upright, one of the size before the EXIF rotation is turned
    with its image.

    Raises:
        DataError: if it is of neither size.
    """
    if (
        mask.shape == picture.size[::-1]
        and picture.orientation in (5, 6, 7, 8)
        and mask.shape != picture.size
    ):
        mask = orient(mask, picture.orientation)
    if mask.shape != picture.size:
        (h, w), (height, width) = mask.shape, picture.size
        raise DataError(
            f"the mask is {w}×{h} pixels, the image {width}×{height}",
            where=where,
            fix="Make both the same size",
        )
    return torch.from_numpy(np.ascontiguousarray(mask))[None]


def check_threshold(threshold: Threshold) -> None:
    """Refuse a threshold that is not a share.

    Raises:
        DataError: if it is outside [0, 1).
    """
    if isinstance(threshold, int | float) and not 0 <= threshold < 1:
        raise DataError(
            f"a mask threshold of {threshold:g} is not from 0 to below 1",
            fix="Give a share of white: above 0.5 is gray level 128 of 255",
        )


def _white(values: Array) -> float:
    if values.dtype.kind == "b" or values.max(initial=0) <= 1:
        return 1.0
    return 255.0 if values.max() <= 255 else 65535.0


def _read_npy(data: bytes, *, where: str) -> Array:
    try:
        values: Array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise DataError("this is not an array that NumPy can read without pickles", where=where) from error
    while values.ndim > 2 and 1 in (values.shape[0], values.shape[-1]):
        values = values[0] if values.shape[0] == 1 else values[..., 0]
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise DataError(
            f"an array of shape {values.shape} and type {values.dtype} is not a mask", where=where
        )
    if values.dtype.kind == "f" and not (values.min() >= 0 and values.max() <= 1):
        raise DataError("a mask of floating point must lie in [0, 1]", where=where)
    return values


def _of_two(first: str, second: str, *, where: str) -> str:
    """Return the one of two files of one stem that must be the mask: never a .jpg beside a .png."""
    lossy = [n for n in (first, second) if n.lower().endswith((".jpg", ".jpeg"))]
    if len(lossy) == 1:
        return second if lossy[0] == first else first
    raise DataError(
        f"both {first!r} and {second!r} could be the mask of one image", where=where, fix="Keep one of them"
    )
