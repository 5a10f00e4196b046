"""Attack randomized pairs of digits networks and print the exact expected accuracy that each attack leaves.

python examples/mixtures.py > benchmarks/results/mixtures.md
"""

from __future__ import annotations

import time

import torch

from durometer.attack import attacked
from durometer.attack.apgd import APGD
from durometer.attack.arc import ARC
from durometer.attack.pgd import PGD
from durometer.core import Attack, Dice, Oracle
from durometer.models.mixture import Mixture
from durometer.tasks.mixture import MixtureClassification
from durometer.threat import L2, Linf
from sparsity import model, points

POINTS = 100
ATTACKS: tuple[tuple[str, Attack], ...] = (
    ("PGD-50 on the mean probability", PGD(steps=50, step=0.1)),
    ("APGD-50 on the mean probability", APGD("task", steps=50)),
    ("ARC, steps of epsilon / 4", ARC(step=0.25)),
    ("ARC", ARC()),
    ("APGD-50, then ARC", ARC(climb=50)),
)
PAIRS = (
    (("plain", "robust"), Linf(epsilon=0.1)),
    (("plain", "robust"), L2(epsilon=1.0)),
    (("masking", "robust"), Linf(epsilon=0.15)),
)


def main() -> None:
    """Print one row a pair and attack."""
    torch.set_num_threads(1)
    batch, accepted = points(POINTS), tuple(frozenset({k}) for k in range(10))
    print(f"# Randomized pairs of networks, half of the weight each, {POINTS} digits\n")
    print("| pair | ball | attack | expected accuracy | forward | backward | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for names, threat in PAIRS:
        mixture = Mixture([model(name) for name in names])
        task = MixtureClassification(accepted, weights=mixture.weights)
        for title, attack in ATTACKS:
            oracle, started = Oracle(mixture, task, batch_size=50), time.process_time()
            found = attacked(attack, oracle, batch, threat, Dice(0, attack.name, attack.version, batch.ids))
            spent = time.process_time() - started
            cost = f"{oracle.forwards / POINTS:.0f} | {oracle.backwards / POINTS:.0f}"
            accuracy = float(oracle.score(found, batch.y).mean())
            pair = " + ".join(names)
            print(f"| {pair} | {threat.describe()} | {title} | {accuracy:.3f} | {cost} | {spent:.1f} |")


if __name__ == "__main__":
    main()
