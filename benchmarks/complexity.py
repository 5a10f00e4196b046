"""Complexity on photographs: at which sizes it is the same, what the dial reaches, and what it costs.

    DUROMETER_TEST_DATA=FOLDER python benchmarks/complexity.py

Every masked photograph of FOLDER/imagenet, short side to 256, center crop. Times are process CPU time per
picture in batches of 8, one thread, the shell's checks included, the filled background given.
"""

import argparse
import csv
import os
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from durometer.core import Batch, Dice, stress
from durometer.ops.fill import fill, hole_of
from durometer.ops.spectrum import background_complexity, complexity
from durometer.stress import STRESSORS
from fill import read
from results import write

NAME = "background-complexity"
FACTORS = (0.25, 0.5, 0.8, 1.25, 2.0, 4.0)
SETTINGS = [{"factor": factor, "by": by} for by in ("gradient", "spectrum") for factor in FACTORS]
SIDES = (64, 128, 192, 256, 320, 375)
AT_ONCE = 8
NOTE = (
    "{n} photographs at 256 × 256. C: complexity of the background, in gray levels of 255; published C: of "
    "the whole picture. Medians over photographs; off: the largest distance of C after / C before from the "
    "factor; object: values of alpha 1 that differ; change: median root mean square of the background's "
    "change beyond the fill's rim, in gray levels; ms: process CPU time of one picture in batches of 8, one "
    "thread, its fill given. C takes {masked:.1f} ms to measure, the published one {whole:.1f} ms."
)


def photographs(root):
    """Yield batches of the masked photographs."""
    rows = [r for r in csv.DictReader((root / "imagenet/labels.csv").read_text().splitlines()) if r["mask"]]
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        folder = root / "imagenet"
        pairs = [read(folder / "images" / r["file"], folder / "masks" / r["mask"]) for r in part]
        x, mask = (torch.cat(t) for t in zip(*pairs, strict=True))
        x = x.mul(255).round().div(255)
        ids = tuple(r["file"] for r in part)
        yield Batch(ids, x, (0,) * len(part), {"mask": mask, "filled": fill(x, mask)})


def sizes(root):
    """Return both complexities at several sizes, as ratios to that at 256."""
    rows = [r for r in csv.DictReader((root / "imagenet/labels.csv").read_text().splitlines()) if r["mask"]]
    places = [(root / "imagenet/images" / r["file"], root / "imagenet/masks" / r["mask"]) for r in rows]
    large = [place for place in places if min(Image.open(place[0]).size) >= max(SIDES)]
    found = {}
    for side in SIDES:
        pairs = [read(*place, side) for place in large]
        found[side] = np.array([[float(complexity(x)), float(background_complexity(x, m))] for x, m in pairs])
    ratios = {side: values / found[256] for side, values in found.items()}
    return [
        {
            "short side": side,
            "published, median": round(float(np.median(ratio[:, 0])), 2),
            "of the background, median": round(float(np.median(ratio[:, 1])), 2),
            "of the background, 10 % to 90 %": "{:.2f} to {:.2f}".format(
                *np.percentile(ratio[:, 1], (10, 90))
            ),
            "photographs": len(large),
        }
        for side, ratio in ratios.items()
    ]


def judge(batches, values):
    """Return the figures of one setting."""
    stressor = STRESSORS.make(NAME, values)
    before, after, whole, change, refused, touched, spent = [], [], [], [], 0, 0, 0.0
    for batch in batches:
        start = time.process_time()
        result = stress(stressor, batch, Dice(0, NAME, stressor.version, batch.ids))
        spent += time.process_time() - start
        kept = [i for i in range(len(batch)) if i not in result.refused]
        refused += len(result.refused)
        old, new, mask = batch.x[kept], result.x[kept], batch.aux["mask"][kept]
        inside = (mask == 1).expand_as(old)
        touched += int((old != new)[inside].sum())
        before += background_complexity(old, mask).tolist()
        after += background_complexity(new, mask).tolist()
        whole += (complexity(new) / complexity(old)).tolist()
        apart = 1 - hole_of(mask)
        moved = ((new - old).square().mean(dim=1, keepdim=True) * apart).flatten(1).sum(dim=1)
        change += (255 * (moved / apart.flatten(1).sum(dim=1)).sqrt()).tolist()
    ratio = np.array(after) / np.array(before)
    return {
        "by": values["by"],
        "factor": values["factor"],
        "C before": round(255 * float(np.median(before)), 1),
        "C after": round(255 * float(np.median(after)), 1),
        "off": f"{100 * np.abs(ratio / values['factor'] - 1).max():.2f} %",
        "published C, ratio": round(float(np.median(whole)), 2),
        "change": round(float(np.median(change)), 1),
        "object": touched,
        "refused": refused,
        "ms": round(1000 * spent / sum(map(len, batches)), 1),
    }


def milliseconds(work, n, seconds=1.0):
    """Return the CPU time of one of n pictures, over at least this long."""
    start, turns = time.process_time(), 0
    while time.process_time() - start < seconds:
        work()
        turns += 1
    return 1000 * (time.process_time() - start) / turns / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("DUROMETER_TEST_DATA"), required=False)
    root = parser.parse_args().data
    if root is None:
        parser.error("name the folder of pictures with --data or DUROMETER_TEST_DATA")
    torch.set_num_threads(1)
    ratios = (
        "Ratio of the complexity to that at 256 pixels, of photographs that are large enough for all sizes."
    )
    write("complexity-sizes", sizes(Path(root)), note=ratios)
    batches = list(photographs(Path(root)))
    one = batches[0]
    masked = milliseconds(lambda: background_complexity(one.x, one.aux["mask"]), len(one))
    whole = milliseconds(lambda: complexity(one.x), len(one))
    note = NOTE.format(n=sum(map(len, batches)), masked=masked, whole=whole)
    write("complexity", [judge(batches, values) for values in SETTINGS], note=note)


if __name__ == "__main__":
    main()
