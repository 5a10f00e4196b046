"""What MedMNIST-C's targeted augmentation buys: BE and rBE of networks trained with and without it.

    python benchmarks/medmnist.py pneumoniamnist.npz [--seeds 3] [--epochs 15] [--split val]

Trains the two networks of `examples/train_medmnist.py` with each seed and measures them on a split that they
did not see, under the suite `medmnist-c`, through the run engine. The file is not shipped.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from durometer.core import Estimate, InputSpec, ModelCard
from durometer.data import open_data
from durometer.explain.medmnist_grid import medical_grids
from durometer.explain.published import PublishedMeasures, rows_of
from durometer.explain.study import Study
from durometer.measures.balanced_error import BE
from durometer.measures.medmnist_normalizers import CORRUPTED
from durometer.models.module import ModuleModel
from durometer.run import DataPlan, ModelPlan, Plan, run
from results import write

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
from train_medmnist import ARMS, EPOCHS, trained

NOTE = (
    "{title}: the zoo's CNN ({parameters} parameters), {epochs} epochs on the split train ({n_train} "
    "pictures), asked on {n} pictures of {split}, {side} px, corrupted here (MedMNIST-C-style). For each "
    "network the interval at 95 % by the Bayesian bootstrap over pictures within classes; in the last rows "
    "the mean over seeds with Student's interval, of the difference too. BE and rBE against the published "
    "AlexNet at 224 px; rBE leaves out {left_out}, which cost AlexNet less than a point. One training is one "
    "seed; the pictures are the same for all."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--split", default="val")
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = open_data(given.file, split="train")
    found = {}
    for seed in range(given.seeds):
        nets = {arm: trained(data, arm, seed=seed, epochs=given.epochs) for arm in ARMS}
        found[seed], left_out = measured(nets, given)
        print(seed, {arm: {k: round(e.value, 3) for k, e in row.items()} for arm, row in found[seed].items()})
    held = open_data(given.file, split=given.split)
    parameters = sum(p.numel() for p in nets["plain"].parameters())
    about = {
        "title": held.name.split(",")[0], "parameters": f"{parameters:,}",
        "epochs": given.epochs, "n_train": f"{len(data):,}", "n": len(held), "split": given.split,
        "side": held[0].x.shape[-1], "left_out": ", ".join(left_out),
    }  # fmt: skip
    write("medmnist", table(found), note=NOTE.format(**about), packages=("scipy",))


def measured(nets: dict, given: argparse.Namespace) -> tuple[dict, tuple[str, ...]]:
    """Return of each network its error on clean pictures, BE and rBE; and what rBE leaves out."""
    models = tuple(
        ModelPlan(ModuleModel(net, ModelCard(arm, arm, input=InputSpec())), name=arm)
        for arm, net in nets.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(models=models, data=DataPlan(str(given.file), split=given.split), batch_size=64)
        record = run(plan, out=folder, suites=("medmnist-c",))
        study = Study.read(record)
        rows = {arm: {"clean balanced error": clean_error(study, arm)} for arm in nets}
        for one in PublishedMeasures()(study, (), record):
            rows[one.model][one.measure] = one.value
    return rows, medical_grids(study)[0].guarded


def clean_error(study: Study, arm: str) -> Estimate:
    """BE's numerator on clean pictures: BE of them alone, times what it divides by."""
    conditions = (study.canvas,) * 5
    made = BE(data="octmnist", corruptions=("pixelate",), conditions=conditions)
    e, alexnet = made(rows_of(study, arm, (study.canvas,))), CORRUPTED["octmnist"]["pixelate"]
    return Estimate(e.value * alexnet, e.low * alexnet, e.high * alexnet, e.n)


def table(found: dict) -> list[dict]:
    rows = [
        {"network": arm, "seed": seed, **{name: interval(e.value, e.low, e.high) for name, e in row.items()}}
        for seed, of_seed in found.items()
        for arm, row in of_seed.items()
    ]
    names = list(found[0][ARMS[0]])
    values = {n: {a: np.array([found[s][a][n].value for s in found]) for a in ARMS} for n in names}
    for arm in ARMS:
        rows.append({"network": arm, "seed": "mean", **{n: student(values[n][arm]) for n in names}})
    less = {n: student(values[n]["targeted"] - values[n]["plain"]) for n in names}
    return [*rows, {"network": "targeted minus plain", "seed": "mean", **less}]


def student(values: np.ndarray) -> str:
    mean, n = values.mean(), len(values)
    if n < 2:
        return f"{mean:.3f}"
    half = stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return interval(mean, mean - half, mean + half)


def interval(value: float, low: float, high: float) -> str:
    return f"{value:.3f} ({low:.3f} to {high:.3f})".replace("-", "−")


if __name__ == "__main__":
    main()
