"""Run overhead: a whole run against decode + edit + forward measured bare, in one process and thread.

    python benchmarks/overhead.py DATA [--images 2000]

DATA is a folder with `imagenet/` (images, masks, labels.csv) and `imagenet_models/` (a MobileNetV2 as ONNX);
its images are repeated under new ids. CPU seconds of the process, start-up and report stated apart.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch

from durometer.core import Batch, Dice, InputSpec, stress
from durometer.data import open_data
from durometer.data.canvas import Canvas, to_canvas
from durometer.models import load_model
from durometer.ops.fill import fill
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Options, Plan, execute, prepare
from results import write

EDITS = ("flip", "rotate", "shift", "zoom", "gray", "blur", "contrast", "low-resolution")
SHARDS = 2
"""The run and the bare loop take turns on parts of the data, so that a drift in speed cancels."""


class Repeated:
    """The same samples again under new ids."""

    def __init__(self, dataset, n):
        self._dataset, self._n = dataset, n
        self.name, self.labels, self.mask_count = f"{dataset.name} x{n}", dataset.labels, n

    def __len__(self):
        return self._n

    def ids(self):
        real = self._dataset.ids()
        return [f"{i // len(real)}/{real[i % len(real)]}" for i in range(self._n)]

    def __getitem__(self, i):
        sample = self._dataset[i % len(self._dataset)]
        return type(sample)(
            f"{i // len(self._dataset)}/{sample.id}", sample.x, sample.y, sample.aux, sample.facts
        )


def bare(dataset, model, stressors, positions, batch_size):
    """Decode, fill, edit and ask, with nothing kept."""
    spent = dict.fromkeys(("decode", "edit", "forward"), 0.0)
    canvas = Canvas(short_side=256, fit="keep")
    groups: dict[tuple, list] = {}
    for i in positions:
        start = time.process_time()
        native = dataset[i]
        sample = to_canvas(native, canvas)
        spent["decode"] += time.process_time() - start
        groups.setdefault((tuple(sample.x.shape), "mask" in sample.aux), []).append((native, sample))
    waiting = []

    def ask(views, last=False):
        waiting.extend(views)
        while len(waiting) >= batch_size or (last and waiting):
            part, waiting[:] = waiting[:batch_size], waiting[batch_size:]
            model(torch.stack(part + [part[-1]] * (batch_size - len(part))))

    for group in groups.values():
        for at in range(0, len(group), batch_size):
            part = group[at : at + batch_size]
            start = time.process_time()
            batch = Batch.of([sample for _, sample in part])
            if "mask" in batch.aux:
                batch = batch.but(aux={**batch.aux, "filled": fill(batch.x, batch.aux["mask"])})
            spent["edit"] += time.process_time() - start
            start = time.process_time()
            ask([model.view(native.x[None].float() / 255)[0] for native, _ in part])
            ask(model.view(batch.x))
            spent["forward"] += time.process_time() - start
            for stressor in stressors:
                if "mask" in stressor.needs and "mask" not in batch.aux:
                    continue
                start = time.process_time()
                edited = stress(stressor, batch, Dice(0, stressor.name, stressor.version, batch.ids))
                spent["edit"] += time.process_time() - start
                start = time.process_time()
                kept = [i for i in range(len(batch)) if i not in edited.refused]
                ask(model.view(edited.x[kept]))
                spent["forward"] += time.process_time() - start
    start = time.process_time()
    ask([], last=True)
    spent["forward"] += time.process_time() - start
    return spent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=2000)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.process_time()
    dataset = Repeated(open_data(str(arguments.data / "imagenet")), arguments.images)
    packed = arguments.data / "imagenet_models" / "mobilenet_v2_1.0_224.onnx.gz"
    model = load_model(packed, input=InputSpec(size=(224, 224), crop=0.875), threads=1)
    conditions = tuple(ConditionPlan("stress", name) for name in EDITS)
    plan = Plan((ModelPlan(model, name="v2"),), DataPlan(dataset), conditions)
    options = Options(workers=1, threads=1)
    startup = time.process_time() - begun
    whole, rows = 0.0, 0
    spent = dict.fromkeys(("decode", "edit", "forward"), 0.0)
    for shard in range(1, SHARDS + 1):
        part = replace(plan, data=replace(plan.data, shard=f"{shard}/{SHARDS}"))
        prepared = prepare(part, (), options)
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            record = execute(prepared, Path(folder), options=options)
            whole += time.process_time() - start
            rows += len(record.rows(["score"])["score"])
        stressors = [c.stressor for c in prepared.stressed]
        for at in range(0, len(prepared.positions), plan.segment):
            positions = prepared.positions[at : at + plan.segment]
            seconds = bare(dataset, model, stressors, positions, plan.batch_size)
            spent = {k: spent[k] + seconds[k] for k in spent}
    total = sum(spent.values())
    parts = [*spent.items(), ("bare", total), ("run", whole), ("start-up", startup)]
    table = [
        {"part": name, "CPU seconds": round(s, 2), "ratio to bare": round(s / total, 3)} for name, s in parts
    ]
    note = f"{arguments.images} JPEGs, {rows} rows, {len(EDITS)} edits, MobileNetV2, one thread; report apart"
    write("overhead", table, note=note)


if __name__ == "__main__":
    main()
