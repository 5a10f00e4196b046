"""Images in one array: which axis is what, and what its values mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError
from durometer.data.images import Array

CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class Pixels:
    """N images as they stand in memory; each is turned into (3, H, W) uint8 when asked for.

    Attributes:
        values: (N, H, W), (N, H, W, C) or (N, C, H, W).
        last: Whether the channels are the last axis.
        white: The value of white: 1, 255 or 65535.
        guesses: What was assumed, in words.
    """

    values: Array
    last: bool
    white: float
    guesses: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def image(self, i: int) -> Tensor:
        """Return image i as (3, H, W) uint8; values between gray levels are rounded."""
        value = self.values[i]
        if value.ndim == 2:
            value = value[None]
        elif self.last:
            value = value.transpose(2, 0, 1)
        value = np.repeat(value, 3, axis=0) if len(value) == 1 else value[:3]
        if value.dtype != np.uint8:
            value = np.rint(value.astype(np.float64) * (255.0 / self.white)).astype(np.uint8)
        return torch.from_numpy(np.array(value))


def as_pixels(values: Array, *, where: str) -> Pixels:
    """Find out which axis holds the channels and what white is.

    Raises:
        DataError: if the shape or the values are not those of images.
    """
    if values.ndim not in (3, 4) or not len(values) or values.dtype.kind not in "buif":
        raise DataError(
            f"an array of shape {values.shape} and type {values.dtype} is not a list of images",
            where=where,
            fix="Give (N, H, W), (N, H, W, C) or (N, C, H, W)",
        )
    last, axis = _channel_axis(values, where=where)
    white, meaning = _white(values, where=where)
    return Pixels(values, last, white, (*axis, *meaning))


def as_masks(values: Array, n: int, *, where: str) -> Array:
    """Return masks as (N, H, W): bool or integers as they are, floats in [0, 1].

    Raises:
        DataError: on another count, shape or range.
    """
    if values.ndim == 4 and 1 in (values.shape[1], values.shape[3]):
        values = values[:, 0] if values.shape[1] == 1 else values[..., 0]
    if values.ndim != 3 or len(values) != n or values.dtype.kind not in "buif":
        raise DataError(f"masks of shape {values.shape} do not fit {n} images", where=where)
    if values.dtype.kind == "f" and not (values.min() >= 0 and values.max() <= 1):
        raise DataError("masks of floating point must lie in [0, 1]", where=where)
    return values


def _channel_axis(values: Array, *, where: str) -> tuple[bool, tuple[str, ...]]:
    if values.ndim == 3:
        return False, ()
    first, last = values.shape[1] in CHANNELS, values.shape[3] in CHANNELS
    if not first and not last:
        raise DataError(
            f"no axis of {values.shape} can be the channels",
            where=where,
            fix="Give images with 1, 3 or 4 channels",
        )
    if first and last:
        return True, (f"Of the shape {values.shape}, the last axis is taken to be the channels.",)
    return last, ()


def _white(values: Array, *, where: str) -> tuple[float, tuple[str, ...]]:
    if values.dtype == np.uint8:
        return 255.0, ()
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind == "b" or (values.dtype.kind == "f" and low >= 0 and high <= 1):
        return 1.0, ()
    if low >= 0 and high <= 255 and values.dtype != np.uint16:
        return 255.0, (f"Pixels of type {values.dtype} up to {high:g} are taken to be gray levels of 255.",)
    if values.dtype == np.uint16:
        return 65535.0, ()
    raise DataError(
        f"its pixels go from {low:g} to {high:g}, so that white is unknown",
        where=where,
        fix="Give 0 to 255, or floats from 0 to 1, before any normalization",
    )
