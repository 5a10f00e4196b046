"""Which found object is which true one: overlaps of boxes and masks, and COCO's greedy rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from durometer.ops.runs import areas, intersections

Column = np.ndarray[Any, Any]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NEARLY_ONE = 1 - 1e-10
"""What an overlap of 1 must reach: COCO's guard against rounding."""


def box_overlaps(found: Column, there: Column, crowd: Bools) -> Floats:
    """Return (D, G) intersection over union of boxes (D, 4) and (G, 4).

    Of a crowd (G,) it is the share of the detection that lies in it, as COCO counts it.
    """
    return _over_union(*_of_boxes(found, there), crowd)


def mask_overlaps(found: Sequence[Column], there: Sequence[Column], crowd: Bools) -> Floats:
    """Return (D, G) intersection over union of masks as run lengths; of a crowd as `box_overlaps`."""
    shared = intersections(found, there).astype(np.float64)
    return _over_union(shared, areas(found)[:, None], areas(there)[None], crowd)


def _over_union(shared: Floats, one: Floats, other: Floats, crowd: Bools) -> Floats:
    whole = np.where(crowd, one, one + other - shared)
    return shared / np.where(shared > 0, whole, 1.0)


def _of_boxes(a: Column, b: Column) -> tuple[Floats, Floats, Floats]:
    """Return intersections (D, G) of boxes (D, 4) and (G, 4), and both's areas (D, 1), (1, G)."""
    a, b = np.asarray(a, np.float64)[:, None], np.asarray(b, np.float64)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = sides.clip(0).prod(-1)
    return shared, (a[..., 2:] - a[..., :2]).prod(-1), (b[..., 2:] - b[..., :2]).prod(-1)


def greedy(overlap: Floats, crowd: Bools, thresholds: Floats) -> tuple[Bools, Bools]:
    """Match padded groups of detections and objects; what is padding overlaps nothing.

    Detections choose in the order in which they stand, each the object that it overlaps most among those
    that are free (of equals the last); a crowd is never used up and taken only if nothing else fits.

    Args:
        overlap: (U, D, G): of U groups of detections, best score first, and objects.
        crowd: (U, G).
        thresholds: (T,), what counts as found.

    Returns:
        right (U, D, T), where an object was found, and ignored (U, D, T), where a crowd was.
    """
    units, found, there = overlap.shape
    enough = np.minimum(thresholds, NEARLY_ONE)[:, None]
    free = np.repeat(~crowd[:, None], len(thresholds), axis=1)  # (U, T, G)
    right = np.zeros((units, found, len(thresholds)), bool)
    ignored = np.zeros_like(right)
    last = there - 1 - np.arange(there)
    for d in range(found):
        fits = overlap[:, d, None] >= enough  # (U, T, G)
        real = fits & free
        best = there - 1 - np.where(real, overlap[:, d, None], -1.0)[..., last].argmax(-1)
        right[:, d] = real.any(-1)
        ignored[:, d] = ~right[:, d] & (fits & crowd[:, None]).any(-1)
        taken = best[..., None] == np.arange(there)
        free &= ~(taken & right[:, d, :, None])
    return right, ignored
