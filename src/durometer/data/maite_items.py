"""What the items of a MAITE data set mean: targets, and pixels of any type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError
from durometer.data.images import Array
from durometer.data.tensors import to_array

CHANNELS = (1, 3, 4)


def accepted(target: Any, *, where: str) -> frozenset[int]:
    """Return the classes that a target accepts; none if it marks none.

    Raises:
        DataError: if it is a target of another task, or no number is right.
    """
    if hasattr(target, "boxes"):
        raise DataError(
            "its targets are boxes, and a classifier is asked here",
            where=where,
            fix="Give a data set of image classification",
        )
    values = to_array(target)
    if values.ndim == 0 or values.size == 1:
        number = int(values.reshape(-1)[0])
        return frozenset({number}) if number >= 0 else frozenset()
    if values.ndim != 1 or values.dtype.kind not in "buif" or not np.isfinite(values).all():
        raise DataError(f"a target of shape {values.shape} and type {values.dtype} is no label", where=where)
    if ((values == 0) | (values == 1)).all():
        return frozenset(np.flatnonzero(values).tolist())
    return frozenset({int(values.argmax())})


def white_of(images: Sequence[Array], *, where: str) -> tuple[float, tuple[str, ...]]:
    """Return the value of white in pictures of one kind, and what was assumed, in words.

    Raises:
        DataError: if it can't be known.
    """
    kind, low = images[0].dtype, min(float(x.min()) for x in images)
    high = max(float(x.max()) for x in images)
    if kind == np.uint8 or kind == np.uint16:
        return (255.0 if kind == np.uint8 else 65535.0), ()
    if low >= 0 and high <= 1:
        return 1.0, ()
    if low >= 0 and high <= 255:
        return 255.0, (f"Pixels of type {kind} up to {high:g} are taken to be gray levels of 255.",)
    raise DataError(
        f"its pixels go from {low:g} to {high:g}, so that white is unknown",
        where=where,
        fix="Give 0 to 255, or floats from 0 to 1, before any normalization",
    )


def pixels_of(x: Array, white: float, *, where: str) -> Tensor:
    """Return a picture (C, H, W), C of 1, 3 or 4, as (3, H, W) uint8.

    Raises:
        DataError: if it is no picture, or leaves the range that the others have.
    """
    if x.ndim != 3 or x.shape[0] not in CHANNELS or x.dtype.kind not in "buif":
        raise DataError(
            f"an input of shape {x.shape} and type {x.dtype} is not (C, H, W) with 1, 3 or 4 channels",
            where=where,
        )
    if x.dtype == np.uint8:
        levels = x
    else:
        scaled = x.astype(np.float64) * (255.0 / white)
        if not (scaled.min() >= -0.5 and scaled.max() <= 255.5):  # NaN is inside nothing
            raise DataError(f"has pixels outside 0 to {white:g}, the range of the others", where=where)
        levels = np.rint(scaled).clip(0, 255).astype(np.uint8)
    return torch.from_numpy(np.array(np.repeat(levels, 3, axis=0) if len(levels) == 1 else levels[:3]))
