"""Measure adversarial sparsity of the plain and the PGD-trained digits network, and print a table.

python examples/sparsity.py > benchmarks/results/sparsity.md
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

from durometer.attack.sparsity import sparsity
from durometer.core import Batch, Dice, ModelCard, Oracle
from durometer.models import ModuleModel
from durometer.tasks import Classification
from durometer.threat import L2, Linf

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
POINTS, DIRECTIONS, HALVINGS = 40, 8, 7
BALLS = (
    ("plain", 0.1),
    ("robust", 0.1),
    ("plain", 0.15),
    ("robust", 0.15),
    ("plain", 0.25),
    ("robust", 0.25),
)
LENGTHS = (("plain", 1.0), ("robust", 1.0), ("plain", 2.0), ("robust", 2.0))


def model(which: str) -> ModuleModel:
    """Return a network of the attack tests."""
    from digit_networks import network

    net = network()
    net.load_state_dict(load_file(ROOT / "tests" / "attack" / "networks" / f"{which}.safetensors"))
    return ModuleModel(net, ModelCard(which, ""), copy=False)


def points(n: int) -> Batch:
    """Return the first test digits."""
    from digit_networks import TRAIN, digits

    x, y = digits()
    at = slice(TRAIN, TRAIN + n)
    return Batch(tuple(f"d{i}" for i in range(n)), x[at], tuple(frozenset({int(k)}) for k in y[at]))


def main() -> None:
    """Print one row a network and ball."""
    torch.set_num_threads(1)
    batch, task = points(POINTS), Classification(tuple(frozenset({k}) for k in range(10)))
    print(f"# Adversarial sparsity: {POINTS} digits, {DIRECTIONS} directions, {HALVINGS} halvings\n")
    print("| network | ball | right | resist | mean if broken | mean if right | gradients | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    balls = [(w, Linf(epsilon=e)) for w, e in BALLS]
    for which, threat in [*balls, *((w, L2(epsilon=e)) for w, e in LENGTHS)]:
        started = time.process_time()
        oracle = Oracle(model(which), task, batch_size=POINTS)
        dice = Dice(0, "sparsity", 1, batch.ids)
        found = sparsity(oracle, batch, threat, dice, directions=DIRECTIONS, halvings=HALVINGS)
        right, breakable = int((~found.wrong).sum()), int(found.breakable.sum())
        scale = 1 if isinstance(threat, Linf) else 180 / math.pi
        unit = "of 1024 values" if isinstance(threat, Linf) else "degrees"
        means = [found.mean(), found.mean_of_right()]
        told = [f"{e.value * scale:.0f} ({e.low * scale:.0f} to {e.high * scale:.0f})" for e in means]
        cost = found.backwards[found.breakable].double().mean().item() if breakable else 0.0
        print(
            f"| {which} | {threat.describe()} | {right} | {right - breakable} | {told[0]} {unit} | {told[1]} "
            f"| {cost:.0f} a point | {time.process_time() - started:.0f} |"
        )


if __name__ == "__main__":
    main()
