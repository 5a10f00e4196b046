"""Which detection found which object, at several overlaps: COCO's greedy rule, all pictures at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from durometer.measures.detections import Column, Detections, Truths
from durometer.ops.matching import box_overlaps, greedy, mask_overlaps

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
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
    crowd = truths.crowd[there]
    if not masks:
        return box_overlaps(detections.boxes[found], truths.boxes[there], crowd)
    first = [detections.runs[i] for i in found] if detections.runs is not None else []
    second = [truths.runs[i] for i in there] if truths.runs is not None else []
    return mask_overlaps(first, second, crowd)
