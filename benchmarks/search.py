"""Worst case over 100 backgrounds: what the search costs beside the forward passes that it can't do without.

    python benchmarks/search.py DATA [--chunks 4]

DATA is a folder with `imagenet/` (images, masks, labels.csv) and `imagenet_models/` (a MobileNetV2 as ONNX).
CPU seconds of the process, one thread. For every eight images the search, its null and as many bare forward
passes at the same batch shape take turns, so that a drift in speed cancels. Cutting, blending, resizing
donors (once), the model's view, stacking, asking and choosing are in the search; reading the images and
filling their backgrounds are not.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from durometer.attack.searches.base import Room
from durometer.attack.searches.worst_background import WorstBackground
from durometer.core import Batch, Dice, InputSpec
from durometer.data import open_data
from durometer.data.bank import folder_bank
from durometer.data.canvas import Canvas, to_canvas
from durometer.models import load_model
from durometer.ops.fill import fill
from durometer.run.asking import Window
from durometer.run.candidates import Maker
from durometer.run.hunts import Hunt, drive
from durometer.run.nulls import ask_nulls
from durometer.run.show import Bench
from durometer.stress import STRESSORS
from durometer.tasks import Classification
from results import write

BATCH = 32
CANDIDATES = 100
TOGETHER = 8


def chunks(data: Path, many: int):
    """Yield batches of masked images on a square canvas, with their filled backgrounds."""
    canvas = Canvas(short_side=256, fit="center-crop")
    dataset = open_data(str(data / "imagenet"), masks=str(data / "imagenet" / "masks"))
    samples = (s for s in map(dataset.__getitem__, range(len(dataset))) if "mask" in s.aux)
    for _ in range(many):
        batch = Batch.of([to_canvas(next(samples), canvas) for _ in range(TOGETHER)])
        yield batch.but(aux={**batch.aux, "filled": fill(batch.x, batch.aux["mask"])})


def timed(work):
    """Return (CPU seconds, what the work returned)."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--chunks", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    packed = arguments.data / "imagenet_models" / "mobilenet_v2_1.0_224.onnx.gz"
    model = load_model(packed, input=InputSpec(size=(224, 224), crop=0.875), threads=1)
    task = Classification([frozenset({k}) for k in range(1000)])
    bank = folder_bank(arguments.data / "imagenet" / "images", Canvas(), size=CANDIDATES)
    assert len(bank) == CANDIDATES
    search, spent = WorstBackground(), dict.fromkeys(("forward passes", "search", "null"), 0.0)

    def hunt(batch, asking):
        window = Window("v2", model, task, batch_size=BATCH)
        return drive([Hunt(0, i, asking(i)) for i in range(len(batch))], maker, [window], batch.y, {})

    def ask(i):
        dice = Dice(0, search.name, search.version, (batch.ids[i],))
        return search.ask(Room(STRESSORS.make, dict(enumerate(bank.ids)), dice))

    def bare(views):
        for at in range(0, TOGETHER * CANDIDATES, BATCH):
            model(views[torch.arange(at, at + BATCH) % TOGETHER])

    for number, batch in enumerate(chunks(arguments.data, arguments.chunks + 1)):
        batch = batch.but(y=tuple(frozenset({next(iter(y)) % 1000}) for y in batch.y))
        maker = Maker(batch, Bench(0, {"": bank}), None, 0)
        views = model.view(batch.x)
        controls = ["null-edit"] * CANDIDATES
        works = {
            "forward passes": lambda views=views: bare(views),
            "search": lambda batch=batch: hunt(batch, ask),
            "null": lambda batch=batch, c=controls: hunt(batch, lambda i: ask_nulls(c, draw=0, stop=False)),
        }
        order = list(works) if number % 2 else list(reversed(works))
        seconds = {name: timed(works[name])[0] for name in order}
        if number:  # the first one warms up
            spent = {name: spent[name] + seconds[name] for name in spent}
    n, forward = arguments.chunks * TOGETHER, spent["forward passes"]
    table = [
        {"part": f"{CANDIDATES} forward passes", "ms an image": round(1000 * forward / n, 1), "ratio": 1.0},
        {"part": f"search over {CANDIDATES} backgrounds", "ms an image": round(1000 * spent["search"] / n, 1),
         "ratio": round(spent["search"] / forward, 3)},
        {"part": f"its null, {CANDIDATES} variants", "ms an image": round(1000 * spent["null"] / n, 1),
         "ratio": round(spent["null"] / forward, 3)},
    ]  # fmt: skip
    write(
        "search",
        table,
        note=f"{n} photographs at 256 × 256, MobileNetV2, no early stop, batches of {BATCH}, one thread",
    )


if __name__ == "__main__":
    main()
