"""Which maker of masks: by its overlap with the masks of photographs that have some.

    DUROMETER_TEST_DATA=FOLDER python benchmarks/masks.py

FOLDER holds imagenet/, pets/ and davis/ with masks and index files. Parameters were chosen on pets and davis;
imagenet (whose masks are two networks' agreement, not people's) was held out. Frames of one davis sequence
are drawn together. A picture is at a short side of 256 pixels.
"""

import argparse
import csv
import os
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.stats import spearmanr

from durometer.models.segmenters import SEGMENTERS
from durometer.ops.boxes import inside
from durometer.ops.masks import bounding_box, share
from durometer.ops.overlap import iou
from durometer.ops.shrink import shrunk
from durometer.stats import bootstrap
from results import write

SIDE = 256
PACKAGES = ("opencv-python-headless", "scipy")
NOTE = (
    "IoU: median over pictures, 95 % interval by bootstrap. Over the ellipse: IoU minus that of a centered "
    "ellipse of the set's median size, mean over pictures, paired. Rank: Spearman's between confidence and "
    "IoU. Given its box: the box of the true mask. ms: process CPU time a picture of 256 pixels, one thread."
)


def listed(root):
    """Yield (set, cluster, picture, mask)."""
    for r in csv.DictReader((root / "pets/index.csv").open()):
        yield "pets", r["image"], root / "pets" / r["image"], root / "pets" / r["mask"]
    for r in csv.DictReader((root / "davis/index.csv").open()):
        yield "davis", r["sequence"], root / "davis" / r["image"], root / "davis" / r["mask"]
    for r in csv.DictReader((root / "imagenet/labels.csv").open()):
        if r["mask"]:
            folder = root / "imagenet"
            yield "imagenet", r["file"], folder / "images" / r["file"], folder / "masks" / r["mask"]


def read(picture, mask):
    """Return (1, 3, h, w) and (1, 1, h, w) with a short side of 256, the mask true where half is object."""
    image = np.asarray(Image.open(picture).convert("RGB"), np.float32) / 255
    shape = (np.asarray(Image.open(mask)) > 0).astype(np.float32)
    x = shrunk(torch.from_numpy(image).permute(2, 0, 1)[None], SIDE)
    m = F.interpolate(torch.from_numpy(shape)[None, None], size=x.shape[-2:], mode="area")
    return x, m


def ellipse(x, size):
    """A centered ellipse of the picture's aspect that covers a share of it."""
    y, along = (torch.arange(n) + 0.5 for n in x.shape[-2:])
    v, u = y / x.shape[-2] - 0.5, along / x.shape[-1] - 0.5
    return (v[:, None] ** 2 + u**2 <= size / np.pi).float()[None, None]


def in_box(x, box):
    """The ellipse that touches the sides of a box."""
    left, top, right, bottom = map(float, box[0])
    y, along = (torch.arange(n) + 0.5 for n in x.shape[-2:])
    v, u = (2 * y - top - bottom) / (bottom - top), (2 * along - left - right) / (right - left)
    return (v[:, None] ** 2 + u**2 <= 1).float()[None, None]


def opencv(x, box):
    """OpenCV's GrabCut, five rounds, from a box or, without one or if it is everything, from our saliency."""
    image = (x[0].permute(1, 2, 0).numpy()[..., ::-1] * 255).round().astype(np.uint8).copy()
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    if box is None or bool((inside(box, x) > 0).all()):
        likely = SEGMENTERS.make("saliency")(x).masks[0, 0].numpy() >= 0.5
        state = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        cv2.grabCut(image, state, None, *models, 5, cv2.GC_INIT_WITH_MASK)
    else:
        state = np.zeros(image.shape[:2], np.uint8)
        left, top, right, bottom = map(int, box[0])
        cv2.grabCut(image, state, (left, top, right - left, bottom - top), *models, 5, cv2.GC_INIT_WITH_RECT)
    found = (state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)
    return torch.from_numpy(found.astype(np.float32))[None, None], float("nan")


def ours(name, boxed=False):
    method = SEGMENTERS.make(name)

    def make(x, box):
        found = method(x, box if boxed else None)
        return found.masks, float(found.confidence)

    return make


METHODS = {
    "saliency": ours("saliency"),
    "grabcut": ours("grabcut"),
    "predict-refine (trained on scenes)": ours("predict-refine"),
    "OpenCV's GrabCut from our saliency": lambda x, box: opencv(x, None),
    "grabcut, given its box": ours("grabcut", boxed=True),
    "saliency, given its box": ours("saliency", boxed=True),
    "OpenCV's GrabCut, given its box": opencv,
    "ellipse in the given box": lambda x, box: (in_box(x, box), float("nan")),
}


def judge(make, subjects):
    """Return (IoU, confidence) of each picture and the milliseconds of one."""
    start = time.process_time()
    made = [make(x, bounding_box(mask)) for x, mask in subjects]
    ms = 1000 * (time.process_time() - start) / len(subjects)
    scores = [float(iou(found, mask)) for (found, _), (_, mask) in zip(made, subjects, strict=True)]
    return np.array(scores), np.array([sure for _, sure in made]), ms


def row(name, method, scores, base, confidence, clusters, ms):
    middle = bootstrap((scores,), lambda v: float(np.median(v)), clusters=clusters)
    gain = bootstrap((scores - base,), lambda v: float(v.mean()), clusters=clusters)
    rank = spearmanr(scores, confidence).statistic if np.isfinite(confidence).all() else None
    return {
        "set": name,
        "method": method,
        "IoU": f"{middle.value:.3f} ({max(0, middle.low):.3f} to {min(1, middle.high):.3f})",
        "over the ellipse": f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})",
        "rank": "" if rank is None else f"{rank:.2f}",
        "ms": round(ms),
        "n": len(scores),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("DUROMETER_TEST_DATA"), required=False)
    root = parser.parse_args().data
    if root is None:
        parser.error("name the folder of pictures with --data or DUROMETER_TEST_DATA")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    items = list(listed(Path(root)))
    subjects = [read(picture, mask) for _, _, picture, mask in items]
    sets, groups = np.array([i[0] for i in items]), np.unique([i[1] for i in items], return_inverse=True)[1]
    sizes = np.array([float(share(mask)) for _, mask in subjects])
    found = {name: judge(make, subjects) for name, make in METHODS.items()}
    table = []
    for name in ("imagenet", "pets", "davis", "all"):
        of = np.ones(len(sets), bool) if name == "all" else sets == name
        middle = float(np.median(sizes[of]))
        base = np.array([float(iou(ellipse(x, middle), mask)) for x, mask in subjects])
        nothing = np.full(len(sets), np.nan)
        rows = {"centered ellipse of median size": (base, nothing, 0.0), **found}
        table += [
            row(name, method, scores[of], base[of], confidence[of], groups[of], ms)
            for method, (scores, confidence, ms) in rows.items()
        ]
    write("masks", table, note=NOTE, packages=PACKAGES)


if __name__ == "__main__":
    main()
