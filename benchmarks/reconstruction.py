"""Reconstruction under turns, cut-outs, noise and attacks: the zoo's plain and robustness-aware networks.

    python benchmarks/reconstruction.py
    python benchmarks/reconstruction.py FOLDER    # checkpoints from elsewhere, as train_reconstruction makes

Both were trained on the same phantoms for as many steps; 64 others are measured, changed and attacked
through `durometer.run`. What is told apart is the difference in PSNR of the two on the same pictures, and of
what each loses against its own unedited canvas.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load

from durometer.data.phantoms import Phantoms
from durometer.explain.errors import mean
from durometer.models import zoo
from durometer.models.measured import Measured, zero_filling
from durometer.models.zoo.building import filled
from durometer.report import write as write_report
from durometer.run import CanvasPlan, ConditionPlan, DataPlan, ModelPlan, Plan, run
from results import write

N, SIDE, SEED, STEPS = 64, 64, 2, 5
NAMES = ("phantoms/plain", "phantoms/robust")
NOTE = (
    "{n} phantoms of 64 px (test, seed {seed}), a quarter of the lines; mean PSNR in dB of each model, and "
    "the difference of the two networks on the same pictures with Student's interval at 95 %, not adjusted "
    "for their number. Both networks have {size:,} parameters and saw the same pictures in as many steps; "
    "the robust one saw a worst case beside each. One training run each: other seeds were not tried. "
    "PGD: {steps} steps on what the network is given."
)


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    models = [network(name, folder) for name in NAMES]
    with tempfile.TemporaryDirectory() as place:
        record = run(plan(*models, zero_filling()), Path(place) / "record")
        table, manifest = record.table("errors"), record.manifest
        if folder:
            write_report(record, folder / "report", formats=("html", "md"))
    size = sum(p.numel() for p in models[0].module.parameters())
    found = {
        words["title"]: {m: values(table, m, key) for m in manifest["models"]}
        for key, words in manifest["conditions"].items()
        if words["spec"]["name"] != "original"
    }
    clean = next(iter(found.values()))
    rows = [row(title, psnr, clean) for title, psnr in found.items()]
    write("reconstruction", rows, note=NOTE.format(n=N, seed=SEED, size=size, steps=STEPS))


def network(name: str, folder: Path | None) -> Measured:
    if folder is None:
        return zoo.load(name)
    listed = json.loads((folder / "checkpoints.json").read_text())["networks"]
    known = next(e for e in listed if e["name"] == name)
    raw = (folder / f"{name.replace('/', '-')}.safetensors").read_bytes()
    module = filled(known["architecture"], known["options"], load(raw))
    return Measured(module, name, size=(SIDE, SIDE))


def plan(*models: Measured) -> Plan:
    changes = [("rotate", "degrees", v) for v in (15.0, 45.0, 90.0)]
    changes += [("cutout", "share", v) for v in (0.05, 0.15, 0.3)]
    changes += [(name, "severity", v) for name in ("gaussian-noise", "defocus-blur") for v in (1, 3, 5)]
    conditions = [ConditionPlan("stress", name, {key: v}) for name, key, v in changes]
    conditions += [
        ConditionPlan("attack", "pgd", {"steps": STEPS}, threat={"name": "linf", "epsilon": e / 255})
        for e in (2, 8)
    ]
    data = DataPlan(Phantoms(n=N, size=SIDE, seed=SEED))
    asked = tuple(ModelPlan(m) for m in models)
    return Plan(asked, data, tuple(conditions), canvas=CanvasPlan(SIDE), batch_size=16)


def values(table: dict, model: str, condition: str) -> np.ndarray:
    at = (table["model"] == model) & (table["condition"] == condition)
    return table["psnr"][at][np.argsort(table["position"][at])]


def row(title: str, psnr: dict, clean: dict) -> dict:
    plain, robust = (psnr[name] for name in NAMES)
    spared = (clean[NAMES[0]] - plain) - (clean[NAMES[1]] - robust)
    return {
        "condition": title,
        **{name: f"{found.mean():.2f}" for name, found in psnr.items()},
        "robust minus plain": told(robust - plain),
        "robust loses less by": told(spared) if spared.any() else "",
        "n": len(plain),
    }


def told(difference: np.ndarray) -> str:
    e = mean(difference, 0.95)
    return f"{e.value:+.2f} ({e.low:+.2f} to {e.high:+.2f})".replace("-", "−")


if __name__ == "__main__":
    main()
