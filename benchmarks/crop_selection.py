"""Crop selection against single-pixel moves of the camera: what it keeps, what it costs, what is certified.

    python benchmarks/crop_selection.py DATA [--limit 220]

DATA is a folder with `imagenet/` (images, labels.csv) and `imagenet_models/` (two MobileNets as ONNX). Each
image is scaled once, to the short side that the model's own view scales to, so that moves are by whole pixels
of the input. For each of the nine views the crop is chosen anew; a model is asked once for each content of a
crop. Certificates are counted from scores alone and held against the answers.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch

from durometer.core import Batch, InputSpec
from durometer.data import open_data
from durometer.data.canvas import Canvas, to_canvas
from durometer.models import load_model
from durometer.stats import share_estimate
from durometer.trust import CropSelection, same_crop_probability
from results import write

BATCH = 20
MOVES = [(dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
NEAR = [i for i, move in enumerate(MOVES) if move != (0, 0)]
MODELS = {
    "mobilenet_v1_0.25": ("mobilenet_v1_0.25_128.onnx.gz", InputSpec(size=(128, 128), crop=0.875)),
    "mobilenet_v2": ("mobilenet_v2_1.0_224.onnx.gz", InputSpec(size=(224, 224), crop=0.875)),
}


def canvases(data: Path, side: int, limit: int):
    """Return (n, 3, side, side) and the true classes: the middle square of each image."""
    dataset = open_data(str(data / "imagenet"))
    batch = Batch.of(
        [to_canvas(dataset[i], Canvas(side, "center-crop")) for i in range(min(limit, len(dataset)))]
    )
    names = [dataset.labels[next(iter(y))] for y in batch.y]
    return batch.x, np.array([int(name) for name in names])


class Asked:
    """A model that is asked once for each content of a crop, in batches of one shape."""

    def __init__(self, model):
        self.model, self.known = model, {}

    def __call__(self, crops):
        """Return (n,) answers."""
        keys = [hashlib.sha256(one.numpy().tobytes()).digest() for one in crops]
        new = {key: one for key, one in zip(keys, crops, strict=True) if key not in self.known}
        if new:
            full = torch.stack((list(new.values()) * BATCH)[: BATCH * -(-len(new) // BATCH)])
            said = torch.cat([self.model(part).argmax(dim=1) for part in full.split(BATCH)]).tolist()
            self.known.update(zip(new, said, strict=False))
        return np.array([self.known[key] for key in keys])


def in_parts(work, x):
    """Return what a function makes of parts of a batch, joined."""
    return np.concatenate([work(x[i : i + BATCH]) for i in range(0, len(x), BATCH)])


def percent(values):
    """Return a share with its interval."""
    e = share_estimate(np.asarray(values, float))
    return f"{100 * e.value:.1f} ({100 * e.low:.1f} to {100 * e.high:.1f})"


def row(name, arm, said, truth, kept=None, k=0):
    """Return a line of the table from (9, n) answers."""
    same = said[NEAR] == said[4]
    chances = [same_crop_probability(k, *MOVES[i]) for i in NEAR] if k else []
    return {
        "model": name,
        "view": arm,
        "accuracy, %": percent(said[4] == truth),
        "same answer, mean of 8, %": percent(same.mean(0)),
        "changed by some of 8, %": percent(~same.all(0)),
        "right under all 9, %": percent((said == truth).all(0)),
        "certified, mean of 8, %": "" if kept is None else percent(kept[NEAR].mean(0)),
        "certified, all 8, %": "" if kept is None else percent(kept[NEAR].all(0)),
        "independent scores, %": f"{100 * np.mean(chances):.1f}" if k else "",
        "violations": "" if kept is None else int((kept & (said != said[4])).sum()),
    }


def rows(name, file, spec, data, limit):
    """Yield the rows of one model."""
    model = load_model(data / "imagenet_models" / file, input=spec, threads=1)
    side, scaled = spec.size[0], int(spec.size[0] / spec.crop + 1e-6)
    x, truth = canvases(data, scaled, limit)

    def views(size):
        start = (scaled - size) // 2
        return (x[..., start + dy :, start + dx :][..., :size, :size].contiguous() for dx, dy in MOVES)

    ask = Asked(model)
    plain = np.stack([in_parts(ask, v) for v in views(side)])
    yield row(name, f"center {side}", plain, truth)
    half = (side + scaled) // 2 // 2 * 2
    for window, score in ((half, "variance"), (half, "content"), (half, "filter"), (scaled - 2, "filter")):
        chosen = CropSelection(model, window=window, score=score)
        kept = in_parts(lambda part, c=chosen: c.certificate(part).flatten(1).numpy(), x).T
        said = np.stack([in_parts(lambda part, c=chosen: ask(c.crops(part)), v) for v in views(window)])
        yield row(name, f"{score}, {window}", said, truth, kept, window - side + 1)
    torus = CropSelection(model, cyclic=True)
    turned = (torch.roll(x, (-dy, -dx), (-2, -1)) for dx, dy in MOVES)
    said = np.stack([in_parts(lambda part: ask(torus.crops(part)), v) for v in turned])
    yield row(name, f"filter, torus of {scaled}, cyclic moves", said, truth)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=220)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    table = [
        line
        for name, (file, spec) in MODELS.items()
        for line in rows(name, file, spec, arguments.data, arguments.limit)
    ]
    write(
        "crop_selection",
        table,
        note=f"{arguments.limit} photographs of ImageNet; intervals of 95 % over photographs",
        packages=("onnxruntime",),
    )


if __name__ == "__main__":
    main()
