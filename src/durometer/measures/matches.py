"""Which detection found which object, at several overlaps: COCO's greedy rule, all pictures at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from durometer.measures.detections import Column, Detections, Truths
from durometer.ops.runs import areas, intersections

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NEARLY_ONE = 1 - 1e-10
"""What an overlap of 1 must reach: COCO's guard against rounding."""
AT_ONCE = 256
"""Pictures that are matched at once."""


def match(
    truths: Truths, detections: Detections, order: Column, thresholds: Floats, *, masks: bool
) -> tuple[Bools, Bools]:
    """Return right and ignored, (N, T) each, of N detections.

    Args:
        truths: What is there.
        detections: What was found.
        order: (N,) rows of the detections: picture by picture, in each the best score first.
        thresholds: (T,), what counts as found.
        masks: Compare masks, not boxes.
    """
    image, pictures = detections.image[order], np.unique(detections.image[order])
    there = np.argsort(truths.image, kind="stable")
    pairs = list(zip(_rows(image, order, pictures), _rows(truths.image[there], there, pictures), strict=True))
    right = np.zeros((len(order), len(thresholds)), bool)
    ignored, done = np.zeros_like(right), 0
    for start in range(0, len(pairs), AT_ONCE):
        part = pairs[start : start + AT_ONCE]
        overlap, crowd, real = _padded(truths, detections, part, masks=masks)
        rows = slice(done, done := done + int(real.sum()))
        right[rows], ignored[rows] = (found[real] for found in greedy(overlap, crowd, thresholds))
    return right, ignored


def _rows(image: Column, rows: Column, pictures: Column) -> list[Column]:
    """Return the rows of each picture; `image`, which is sorted, says whose they are."""
    first, last = (np.searchsorted(image, pictures, side=side) for side in ("left", "right"))
    return [rows[a:b] for a, b in zip(first, last, strict=True)]


def _padded(
    truths: Truths, detections: Detections, pairs: list[tuple[Column, Column]], *, masks: bool
) -> tuple[Floats, Bools, Bools]:
    """Return overlaps (U, D, G), 0 between classes; crowds (U, G); which detections are no padding (U, D)."""
    most = max(len(found) for found, _ in pairs), max(1, *(len(there) for _, there in pairs))
    overlap = np.zeros((len(pairs), *most))
    crowd, real = np.zeros((len(pairs), most[1]), bool), np.zeros((len(pairs), most[0]), bool)
    for u, (found, there) in enumerate(pairs):
        same = detections.label[found][:, None] == truths.label[there]
        overlap[u, : len(found), : len(there)] = (
            overlaps(truths, detections, found, there, masks=masks) * same
        )
        crowd[u, : len(there)] = truths.crowd[there]
        real[u, : len(found)] = True
    return overlap, crowd, real


def overlaps(truths: Truths, detections: Detections, found: Column, there: Column, *, masks: bool) -> Floats:
    """Return (D, G) intersection over union of some detections with some objects.

    Of a crowd it is the share of the detection that lies in it, as COCO counts it.

    Args:
        truths: What is there.
        detections: What was found.
        found: (D,) rows of the detections.
        there: (G,) rows of the truths.
        masks: Compare masks, not boxes.
    """
    if masks:
        first = [detections.runs[i] for i in found] if detections.runs is not None else []
        second = [truths.runs[i] for i in there] if truths.runs is not None else []
        shared = intersections(first, second).astype(np.float64)
        one, other = areas(first)[:, None], areas(second)[None]
    else:
        shared, one, other = _of_boxes(detections.boxes[found], truths.boxes[there])
    whole = np.where(truths.crowd[there], one, one + other - shared)
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
