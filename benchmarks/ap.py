"""Average precision: ours against pycocotools, once and by bootstrap over pictures.

    python benchmarks/ap.py

500 pictures of 96 pixels with 1 to 5 objects of eight classes (`scenes-objects:test`), and for each of them
20 detections: its objects moved by up to 4 pixels, three in ten of them under any class. CPU seconds of one
thread, the least of three runs. pycocotools is told to look at one range of areas and one limit of
detections, as ours does. A bootstrap of its figure has to accumulate again for each draw of pictures; one
such accumulation was timed and multiplied.
"""

import contextlib
import io
import time

import numpy as np
import torch
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from durometer.data.scenes import SceneObjects
from durometer.measures.ap import Matches
from durometer.measures.detections import Detections, Truths
from durometer.ops.runs import mask_to_runs, runs_to_mask
from results import write

N, SIDE, EACH, DRAWS, RUNS = 500, 96, 20, 1000, 3
NOTE = (
    "500 generated pictures, 20 detections each, ten overlaps, eight classes; CPU seconds of one thread, the "
    "least of three runs. pycocotools looks at all areas in one range and at most 100 detections, as ours; "
    "its masks are packed and its results loaded beforehand. Bootstrap: 1,000 draws, of pycocotools one "
    "accumulation times 1,000. Both give the same AP to 1e-9."
)


def main() -> None:
    torch.set_num_threads(1)
    data = SceneObjects(n=N, size=SIDE, seed=1)
    pictures = [data[i].y for i in range(N)]
    truths, found = Truths.of(pictures), detections(pictures)
    table = []
    for what, masks in (("boxes", False), ("masks", True)):
        judge = theirs(truths, found, masks)
        ours = Matches.of(truths, found, images=N, masks=masks)
        value = quiet(judge)
        assert abs(value - ours.ap()) < 1e-9, (value, ours.ap())
        once = least(lambda m=masks: Matches.of(truths, found, images=N, masks=m).ap())
        match = least(judge.evaluate)
        add = least(judge.accumulate)
        drawn = least(lambda m=ours: m.drawn(resamples=DRAWS))
        table += [
            row(what, "AP", match + add, once, ours.ap()),
            row(what, f"{DRAWS:,} draws of a bootstrap", add * DRAWS, drawn, ours.ap()),
        ]
    write("ap", table, note=NOTE, packages=("pycocotools",))


def row(what: str, task: str, theirs: float, ours: float, value: float) -> dict:
    return {
        "overlap of": what, "task": task, "pycocotools, s": f"{theirs:.2f}", "durometer, s": f"{ours:.2f}",
        "ratio": f"{theirs / ours:.1f}", "AP": f"{value:.4f}",
    }  # fmt: skip


def least(work) -> float:
    seconds = []
    for _ in range(RUNS):
        began = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            work()
        seconds.append(time.process_time() - began)
    return min(seconds)


def quiet(judge: COCOeval) -> float:
    with contextlib.redirect_stdout(io.StringIO()):
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"]
    return float(precision[precision > -1].mean())


def detections(pictures) -> Detections:
    """Objects moved by whole pixels with their masks, and each side of their boxes by quarters of one."""
    dice, rows, runs = np.random.default_rng(0), [], []
    for image, of in enumerate(pictures):
        for _ in range(EACH):
            k, shift = dice.integers(len(of)), dice.integers(-3, 4, 2)
            label = of.labels[k] if dice.random() < 0.7 else dice.integers(8)
            box = of.boxes[k].numpy() + np.tile(shift, 2) + dice.integers(-4, 5, 4) / 4
            rows.append((image, int(label), dice.integers(1, 1000) / 1000, box))
            runs.append(mask_to_runs(np.roll(of.masks[k].numpy(), shift[::-1], axis=(0, 1))))
    image, label, score, boxes = (np.array(column) for column in zip(*rows, strict=True))
    return Detections(image, label, score, boxes, tuple(runs))


def theirs(truths: Truths, found: Detections, masks: bool) -> COCOeval:
    """Return their judge with everything loaded."""
    there = COCO()
    there.dataset = {
        "info": {},
        "images": [{"id": i + 1, "height": SIDE, "width": SIDE} for i in range(N)],
        "categories": [{"id": c + 1, "name": str(c)} for c in range(8)],
        "annotations": [
            entry(truths, i) | {"id": i + 1, "iscrowd": 0, "area": 1.0} for i in range(len(truths.image))
        ],
    }
    said = [entry(found, i) | {"score": float(found.score[i])} for i in range(len(found.image))]
    with contextlib.redirect_stdout(io.StringIO()):
        there.createIndex()
        judge = COCOeval(there, there.loadRes(said), "segm" if masks else "bbox")
    judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
    judge.params.maxDets = [100]
    return judge


def entry(columns, i: int) -> dict:
    left, top, right, bottom = columns.boxes[i].tolist()
    dense = runs_to_mask(columns.runs[i], SIDE, SIDE).astype(np.uint8)
    return {
        "image_id": int(columns.image[i]) + 1, "category_id": int(columns.label[i]) + 1,
        "bbox": [left, top, right - left, bottom - top],
        "segmentation": coco_mask.encode(np.asfortranarray(dense)),
    }  # fmt: skip


if __name__ == "__main__":
    main()
