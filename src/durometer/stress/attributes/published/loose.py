"""The toolkit's way to a size: scale about the box's center until the share is nearly the one asked for."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from durometer.core import Batch
from durometer.ops.composite import cutout
from durometer.ops.masks import SOLID
from durometer.ops.warp import Point, Similarity, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject

NEAR = 0.015
"""A share this near to the one asked for is left as it is."""
ROUNDS = 50
NO_SUCH_SIZE = (
    "the published procedure does not reach this size (the object runs into the frame); choose another"
)
Plane = np.ndarray[Any, Any]


class Corner(NamedTuple):
    """A box in whole pixels: its left top corner, width and height."""

    x: int
    y: int
    w: int
    h: int


def box_and_rate(mask: Plane) -> tuple[Corner, float]:
    """Return the largest box around a connected part, and the share of the canvas that is object inside it.

    Only mask pixels inside that box are counted, of whichever part; parts elsewhere are not. Pixels that
    touch at a corner are connected.

    Args:
        mask: (H, W) bool with at least one True.
    """
    from scipy import ndimage

    found = ndimage.find_objects(ndimage.label(mask, np.ones((3, 3)))[0])
    rows, columns = max(found, key=lambda part: _length(part[0]) * _length(part[1]))
    box = Corner(columns.start, rows.start, _length(columns), _length(rows))
    return box, float(mask[rows, columns].sum()) / mask.size


def loose_layer(batch: Batch, subject: Subject, share: float) -> tuple[Tensor, list[Similarity]]:
    """Return ((B, C + 1, H, W) the objects at their loose size, color times alpha, then alpha; motions).

    Samples for which the procedure fails are refused and stay as they are.
    """
    motions = [AS_IT_IS] * len(batch)
    for i in subject.usable:
        mask = subject.mask[i : i + 1]
        if not bool((mask > SOLID).any()):
            subject.refused[i] = "no pixel is object by more than a half; give a mask with a solid part"
            continue
        center, scale = loose_scale(mask, share)
        if scale is None:
            subject.refused[i] = NO_SUCH_SIZE
        else:
            motions[i] = Similarity(center, center, scale)
    return warp(cutout(batch.x, subject.mask), motions, boxes=subject.box), motions


def loose_scale(mask: Tensor, share: float) -> tuple[Point, float | None]:
    """Return (center of the box, scale) that the toolkit's loop arrives at; no scale where it gives up.

    With r the share inside the box, the mask is scaled about the box's center by √(share / r), again and
    again, until r rounded down to a hundredth is the share asked for or r is within 0.015 of it. The loop
    gives up after 50 rounds, or when a round makes r go the wrong way.

    Args:
        mask: (1, 1, H, W) in [0, 1].
        share: Of the canvas.
    """
    box, rate = box_and_rate(_solid(mask))
    center, scale, rounds = (box.x + box.w / 2, box.y + box.h / 2), 1.0, 0
    while math.floor(rate * 100) != round(share * 100, 9) and abs(rate - share) > NEAR:
        growing, before = math.floor(rate * 100) < share * 100, rate
        scale, rounds = scale * math.sqrt(share / rate), rounds + 1
        scaled = _solid(warp(mask, [Similarity(center, center, scale)]))
        if rounds > ROUNDS or not scaled.any():
            return center, None
        rate = box_and_rate(scaled)[1]
        if (rate < before) if growing else (rate > before):
            return center, None
    return center, scale


def _solid(mask: Tensor) -> Plane:
    found: Plane = (mask[0, 0] > SOLID).cpu().numpy()
    return found


def _length(along: slice) -> int:
    return int(along.stop - along.start)


def largest_box(mask: Tensor) -> Corner:
    """Return the largest box around a connected part of a mask (1, H, W)."""
    return box_and_rate(_solid(mask[None]))[0]


def only_inside(layer: Tensor, box: Corner) -> Tensor:
    """Return a layer (C, H, W) with everything outside the box taken away."""
    kept = torch.zeros_like(layer)
    rows, columns = slice(box.y, box.y + box.h), slice(box.x, box.x + box.w)
    kept[:, rows, columns] = layer[:, rows, columns]
    return kept
