"""What is left of texture and of layout when a picture's shape is destroyed, and which models notice.

    DUROMETER_TEST_DATA=FOLDER python benchmarks/shape.py --photos 12

FOLDER holds imagenet/ and imagenet_models/. Pictures are 256 × 256, the center of each photo.
"""

import argparse
import gzip
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from durometer.core import Batch, Dice, stress
from durometer.measures.oddity import oddity
from durometer.models import load_model
from durometer.ops.gram import Texture
from durometer.stress import STRESSORS
from results import write

SIDE = 256
JUDGE = 1
MODELS = ("mobilenet_v1_0.25_128", "mobilenet_v2_1.0_224")
NOTE = (
    "Texture error: relative distance of Gram matrices by filters that had no part in making the version, "
    "root mean square over scales, mean over the photos; layout: correlation of brightness on 8 × 8 cells "
    "with the original's; still named: of those that MobileNetV2 names right, how many it names right in the "
    "version; odd one out: how often the original is singled out among itself and two draws (cosine of the "
    "answers; chance 0.333), with its 95 % interval; ms: process CPU time of one version, one thread."
)


def read(path):
    """Return (1, 3, 256, 256): short side to 256, center crop, on the 8-bit grid."""
    image = Image.open(path).convert("RGB")
    zoom = SIDE / min(image.size)
    image = image.resize((round(image.width * zoom), round(image.height * zoom)), Image.Resampling.BILINEAR)
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    x = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)))
    return torch.from_numpy(x.copy()).permute(2, 0, 1)[None].float() / 255


def models(root):
    """Load the two classifiers, whose files are compressed."""
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            path = Path(folder) / f"{name}.onnx"
            path.write_bytes(gzip.decompress((root / f"imagenet_models/{name}.onnx.gz").read_bytes()))
            size = name.rpartition("_")[2]
            yield name, load_model(path, input=f"size={size}", output="logits", threads=1)


def pixels(batch, draw):
    """The same pixels in any order."""
    order = Dice(0, "noise", 1, batch.ids, draw).permutation("pixels", SIDE * SIDE)[0]
    return batch.x.flatten(2)[:, :, order].reshape(batch.x.shape)


def edit(name, **values):
    """Return the maker of a version."""
    made = STRESSORS.make(name, {"of": "picture", **values})
    return lambda batch, draw: stress(made, batch, Dice(0, made.name, made.version, batch.ids, draw)).x


VERSIONS = {
    "pixels in any order": pixels,
    **{f"patches, {g} by {g}": edit("shape-patches", grid=g) for g in (2, 4, 8, 16, 32)},
    **{f"Gram matrices, {s} steps": edit("shape-gram", steps=s) for s in (10, 25)},
}


def coarse(x):
    """Brightness on 8 × 8 cells."""
    return F.avg_pool2d(x.mean(dim=1, keepdim=True), SIDE // 8).flatten().numpy()


def main():
    """Write one row a version."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=12)
    photos = parser.parse_args().photos
    torch.set_num_threads(1)
    root = Path(os.environ["DUROMETER_TEST_DATA"])
    files = sorted((root / "imagenet/images").iterdir())
    files = files[:: max(1, len(files) // photos)][:photos]
    batches = [Batch((f.name,), read(f), (frozenset({0}),)) for f in files]
    truth = [int(v) for v in _classes(root, files)]
    asked = dict(models(root))
    original = {name: _answers(model, [b.x for b in batches]) for name, model in asked.items()}
    named = original[MODELS[1]].argmax(axis=1) == truth
    judges = [Texture(b.x, bank=JUDGE) for b in batches]
    rows = []
    for title, make in VERSIONS.items():
        start = time.process_time()
        one, other = ([make(b, draw) for b in batches] for draw in (0, 1))
        ms = 1000 * (time.process_time() - start) / (2 * len(batches))
        answers = {name: [_answers(model, part) for part in (one, other)] for name, model in asked.items()}
        odd = {n: oddity(np.stack((original[n], *answers[n]), axis=1)) for n in asked}
        still = answers[MODELS[1]][0].argmax(axis=1) == truth
        rows.append({
            "version": title,
            "texture error": f"{np.mean([j.distance(x) for j, x in zip(judges, one, strict=True)]):.2f}",
            "layout": f"{np.mean([_same(b.x, x) for b, x in zip(batches, one, strict=True)]):.2f}",
            "still named": f"{int((still & named).sum())} of {int(named.sum())}",
            **{f"odd one out, {n[:12]}": f"{e.value:.2f} ({e.low:.2f}–{e.high:.2f})" for n, e in odd.items()},
            "ms": f"{ms:.0f}",
        })  # fmt: skip
    write("shape", rows, packages=("onnxruntime",), note=NOTE)


def _same(x, y):
    return np.corrcoef(coarse(x), coarse(y))[0, 1]


def _answers(model, pictures):
    with torch.no_grad():
        return np.concatenate([model(model.view(x)).double().numpy() for x in pictures])


def _classes(root, files):
    import csv

    known = {r["file"]: r["class_index"] for r in csv.DictReader((root / "imagenet/labels.csv").open())}
    return [known[f.name] for f in files]


if __name__ == "__main__":
    main()
