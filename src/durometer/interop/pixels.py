"""Pictures as other toolkits hold them, to (3, H, W) in [0, 1] and back to what they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError
from durometer.data.maite_items import CHANNELS, white_of
from durometer.data.maskfile import to_mask
from durometer.data.tensors import to_array


def whites(images: Sequence[Any], *, where: str) -> list[float]:
    """Return the value of white of each picture: those of one type share theirs.

    Raises:
        DataError: if it can't be known.
    """
    arrays = [to_array(x) for x in images]
    found = {
        kind: white_of([a for a in arrays if a.dtype == kind], where=where)[0]
        for kind in {a.dtype for a in arrays}
    }
    return [found[a.dtype] for a in arrays]


def take(x: Any, white: float, *, where: str) -> tuple[Tensor, Callable[[Tensor], Any]]:
    """Return a picture (C, H, W) as (3, H, W) on the 8-bit grid of [0, 1], and the way back.

    Back are the same kind of array or tensor, type, range and number of channels; a fourth channel is handed
    back as it was, a single one is the mean of the three.

    Raises:
        DataError: if it is no picture.
    """
    array = to_array(x)
    if array.ndim != 3 or array.shape[0] not in CHANNELS or array.dtype.kind not in "buif":
        raise DataError(
            f"a picture of shape {array.shape} and type {array.dtype} is not (C, H, W), C of 1, 3 or 4",
            where=where,
        )
    unit = torch.from_numpy(np.ascontiguousarray(array, np.float64)) / white
    levels = unit.mul(255).round().clamp(0, 255).div(255).float()
    picture = levels.expand(3, -1, -1) if len(levels) == 1 else levels[:3]
    return picture.contiguous(), lambda edited: _back(edited, x, array, white)


def take_mask(mask: Any, like: Tensor, *, where: str) -> Tensor | None:
    """Return a mask (H, W) or (1, H, W) as (1, H, W) float32 in [0, 1]; floats are soft, others yes or no.

    Raises:
        DataError: if it is not of the picture's size.
    """
    if mask is None:
        return None
    array = to_array(mask)
    array = array[0] if array.ndim == 3 and len(array) == 1 else array
    if array.shape != tuple(like.shape[-2:]):
        raise DataError(f"the mask is {array.shape}, the picture {tuple(like.shape[-2:])}", where=where)
    return torch.from_numpy(np.array(to_mask(array)))[None]


def _back(edited: Tensor, given: Any, array: np.ndarray[Any, Any], white: float) -> Any:
    colors = edited.mean(dim=0, keepdim=True) if len(array) == 1 else edited
    scaled = colors.double().numpy() * white
    out = array.copy()
    out[: len(scaled)] = np.rint(scaled) if array.dtype.kind in "bui" else scaled
    return torch.from_numpy(out).to(given.device) if isinstance(given, Tensor) else out
