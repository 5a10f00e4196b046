"""One mask file: its values, what of them is object, and which way is up."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError
from durometer.data.images import Array, Picture, open_image, orient, orientation_of, read_bytes

Threshold = float | Literal["soft"] | None


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
    return orient(values, orientation_of(image))


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
