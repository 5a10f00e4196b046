"""Which fill: by its error on holes where the truth is known, and by what classifiers still see.

    DUROMETER_TEST_DATA=FOLDER python benchmarks/fill.py

Placebo holes: the hole of each object's shape elsewhere in its own picture, as the placebo edit places it;
the object counts as unknown too. Truth is what stood there. Pictures are 256 × 256.
FOLDER holds imagenet/, imagenet_models/, pets/ and davis/ with masks and index files.
"""

import argparse
import csv
import gzip
import math
import os
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from PIL import Image

from durometer.core import Dice
from durometer.ops.beside import beside
from durometer.ops.fill import fill_hole, hole_of
from durometer.ops.masks import TRACE, dilate, share
from durometer.ops.membrane import membrane
from durometer.ops.places import elsewhere
from durometer.ops.push_pull import push_pull
from durometer.ops.shift_map import shift_map
from durometer.ops.transplant import transplant
from results import write

SIDE = 256
PACKAGES = ("opencv-python-headless", "onnxruntime")
NOTE = (
    "MAE and RMSE in gray levels inside placebo holes; texture error: mean |log| of the ratio of mean slopes "
    "(filled to true); answer moved: total variation between MobileNetV2's probabilities with the hole "
    "filled and without a hole, ± standard error; object still named: its top answer is still right when the "
    "object itself is filled; ms: process CPU time, one thread."
)


def listed(root):
    """Yield (picture, mask, accepted ImageNet classes)."""
    for r in csv.DictReader((root / "imagenet/labels.csv").open()):
        if r["mask"]:
            folder = root / "imagenet"
            yield folder / "images" / r["file"], folder / "masks" / r["mask"], {int(r["class_index"])}
    for r in csv.DictReader((root / "pets/index.csv").open()):
        classes = {int(r["imagenet_class"])} if r["imagenet_class"] else set()
        yield root / "pets" / r["image"], root / "pets" / r["mask"], classes
    for r in csv.DictReader((root / "davis/index.csv").open()):
        classes = set(map(int, r["accepted_imagenet_classes"].split()))
        yield root / "davis" / r["image"], root / "davis" / r["mask"], classes


def read(picture, mask, side=SIDE):
    """Return (1, 3, side, side) and (1, 1, side, side): short side scaled to it, center crop."""
    image = Image.open(picture).convert("RGB")
    shape = Image.fromarray((np.asarray(Image.open(mask)) > 0).astype(np.uint8) * 255).resize(image.size)
    scale = side / min(image.size)
    size = tuple(max(side, round(s * scale)) for s in image.size)
    left, top = ((s - side) // 2 for s in size)
    box = (left, top, left + side, top + side)
    x = np.array(image.resize(size, Image.Resampling.BICUBIC).crop(box), np.float32) / 255
    m = np.array(shape.resize(size, Image.Resampling.BOX).crop(box), np.float32) / 255
    return torch.from_numpy(x).permute(2, 0, 1)[None].contiguous(), torch.from_numpy(m)[None, None]


def placebo(name, mask):
    """Return the hole as the placebo edit places it, or None."""
    blocked, dice = dilate((mask > TRACE).float(), 1), Dice(0, "placebo-edit", 1, (name,))
    hole, fits = elsewhere(hole_of(mask), blocked, dice)
    if not bool(fits[0]):
        hole, left = beside(hole_of(mask), blocked, dice)
        return hole if float(left[0]) >= 0.25 else None
    return hole


def opencv(flag):
    def method(x, hole):
        image = (x[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        done = cv2.inpaint(image, (hole[0, 0].numpy() * 255).astype(np.uint8), 5, flag)
        return torch.from_numpy(done).permute(2, 0, 1)[None].float() / 255

    return method


def copied(x, hole):
    smooth = membrane(x, 1 - hole, cycles=2)
    copy, present = transplant(x, 1 - hole, shift_map(smooth, hole))
    return torch.where(present > 0, copy, smooth)


METHODS = {
    "plain gray": lambda x, hole: torch.full_like(x, 0.5),
    "push–pull": lambda x, hole: push_pull(x, 1 - hole),
    "membrane": lambda x, hole: membrane(x, 1 - hole),
    "shift map alone": copied,
    "membrane + detail (ours)": fill_hole,
    "Telea (OpenCV, radius 5)": opencv(cv2.INPAINT_TELEA),
    "Navier–Stokes (OpenCV, radius 5)": opencv(cv2.INPAINT_NS),
}


def slopes(x, where):
    """Mean absolute slope inside a hole: the energy of its texture."""
    inner = (1 - dilate(1 - where, 1))[..., :-1, :-1]
    steps = x.diff(dim=-1)[..., :-1, :].abs() + x.diff(dim=-2)[..., :-1].abs()
    return float((steps.mean(dim=1, keepdim=True) * inner).sum() / inner.sum().clamp_min(1))


class Classifier:
    """A network that is asked what it sees on the center crop of 224."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(gzip.decompress(path.read_bytes()), options)

    def __call__(self, x):
        view = (x.clamp(0, 1) * 255).round().div(255)[..., 16:240, 16:240].numpy()
        logits = self.session.run(None, {"image": view})[0][0]
        odds = np.exp(logits - logits.max())
        return odds / odds.sum()


def blank(x, unknown):
    """What a fill is given must not hold what it is to find."""
    return torch.where(unknown > 0, 0.5, x)


def judge(method, subjects, ask):
    """Return the figures of one method."""
    errors, texture, moved, named, odds, seconds = [], [], [], [], [], 0.0
    for x, mask, hole, classes in subjects:
        if hole is not None:
            unknown = torch.maximum(hole, dilate((mask > TRACE).float(), 1))
            start = time.process_time()
            done = method(blank(x, unknown), unknown).clamp(0, 1)
            seconds += time.process_time() - start
            off = (done - x)[(hole > 0).expand_as(x)]
            errors.append((float(off.abs().mean()), float(off.square().mean().sqrt())))
            texture.append(abs(math.log((slopes(done, hole) + 1e-3) / (slopes(x, hole) + 1e-3))))
            moved.append(0.5 * float(np.abs(ask(torch.where(hole > 0, done, x)) - ask(x)).sum()))
        if classes:
            p = ask(torch.where(hole_of(mask) > 0, method(blank(x, hole_of(mask)), hole_of(mask)), x))
            named.append(int(p.argmax()) in classes)
            odds.append(float(sum(p[k] for k in classes)))
    mae, rmse = (255 * float(np.mean(column)) for column in zip(*errors, strict=True))
    return {
        "MAE": round(mae, 1),
        "RMSE": round(rmse, 1),
        "texture error": round(float(np.mean(texture)), 2),
        "answer moved": f"{np.mean(moved):.3f} ± {np.std(moved) / math.sqrt(len(moved)):.3f}",
        "object still named": f"{sum(named)} of {len(named)}",
        "its probability": round(float(np.mean(odds)), 3),
        "ms": round(1000 * seconds / len(errors), 1),
        "holes": len(errors),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("DUROMETER_TEST_DATA"), required=False)
    root = parser.parse_args().data
    if root is None:
        parser.error("name the folder of pictures with --data or DUROMETER_TEST_DATA")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    ask = Classifier(Path(root) / "imagenet_models/mobilenet_v2_1.0_224.onnx.gz")
    subjects = []
    for picture, shape, classes in listed(Path(root)):
        x, mask = read(picture, shape)
        if 0.0005 < float(share(mask)) <= 0.95:
            subjects.append((x, mask, placebo(picture.name, mask), classes))
    found = {name: judge(method, subjects, ask) for name, method in METHODS.items()}
    write("fill", [{"fill": name, **row} for name, row in found.items()], note=NOTE, packages=PACKAGES)


if __name__ == "__main__":
    main()
