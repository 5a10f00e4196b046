"""The same numbers by pycocotools, and random sets that are full of what goes wrong."""

import contextlib
import io

import numpy as np

from durometer.measures.detections import Detections, Truths
from durometer.ops.runs import mask_to_runs

SIDE = 24


def by_pycocotools(truths, detections, images, masks):
    """Return AP, AP50, AP75 and the precisions (T, R, K) of all areas at 100 detections."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    classes = sorted({*truths.label.tolist(), *detections.label.tolist()})
    data = {
        "info": {},
        "images": [{"id": i + 1, "height": SIDE, "width": SIDE} for i in range(images)],
        "categories": [{"id": c + 1, "name": str(c)} for c in classes],
        "annotations": [
            entry(truths, i, masks) | {"id": i + 1, "iscrowd": int(truths.crowd[i]), "area": 1.0}
            for i in range(len(truths.image))
        ],
    }
    found = [
        entry(detections, i, masks) | {"score": float(detections.score[i])}
        for i in range(len(detections.image))
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        there = COCO()
        there.dataset = data
        there.createIndex()
        judge = COCOeval(there, there.loadRes(found) if found else COCO(), "segm" if masks else "bbox")
        judge.params.imgIds = [i + 1 for i in range(images)]
        judge.params.catIds = [c + 1 for c in classes]
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[:3], judge.eval["precision"][:, :, :, 0, 2]


def entry(columns, i, masks):
    left, top, right, bottom = columns.boxes[i].tolist()
    of = {
        "image_id": int(columns.image[i]) + 1, "category_id": int(columns.label[i]) + 1,
        "bbox": [left, top, right - left, bottom - top],
    }  # fmt: skip
    if masks:
        from pycocotools import mask

        from durometer.ops.runs import runs_to_mask

        dense = runs_to_mask(columns.runs[i], SIDE, SIDE)
        of["segmentation"] = mask.encode(np.asfortranarray(dense.astype(np.uint8)))
    return of


def random_set(seed, *, images=12, classes=3, most=9):
    """Objects, crowds among them, and detections near them or nowhere, with few distinct scores.

    Boxes lie on quarter pixels, so that overlaps are exact in whatever order they are computed.
    """
    dice = np.random.default_rng(seed)
    there, found = [], []
    for image in range(images):
        if dice.random() < 0.2:
            continue  # a picture without objects, perhaps with detections
        for _ in range(dice.integers(0, 6)):
            there.append((image, dice.integers(classes), box(dice), dice.random() < 0.2))
    for image in range(images):
        near = [t for t in there if t[0] == image]
        for _ in range(dice.integers(0, most)):
            label, at = dice.integers(classes), box(dice)
            if near and dice.random() < 0.8:
                _, label, at, _ = near[dice.integers(len(near))]
                at = at + dice.integers(-3, 4, 4) / 4
            found.append((image, label, at, dice.integers(1, 8) / 8))
    return columns(Truths, there, "crowd", bool), columns(Detections, found, "score", float)


def columns(kind, rows, last, dtype):
    boxes = np.array([r[2] for r in rows]).reshape(-1, 4)
    return kind(
        image=np.array([r[0] for r in rows], int),
        label=np.array([r[1] for r in rows], int),
        boxes=boxes,
        runs=tuple(mask_to_runs(ellipse(b)) for b in boxes),
        **{last: np.array([r[3] for r in rows], dtype)},
    )


def box(dice):
    corner, side = dice.integers(0, 64, 2) / 4, dice.integers(8, 32, 2) / 4
    return np.concatenate((corner, corner + side))


def ellipse(b):
    """The pixels whose center lies in the ellipse within a box."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    return ((2 * x - b[0] - b[2]) / (b[2] - b[0])) ** 2 + ((2 * y - b[1] - b[3]) / (b[3] - b[1])) ** 2 < 1
