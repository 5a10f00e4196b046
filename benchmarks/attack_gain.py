"""Does each attack beat luck? Its success against a random search in the same threat with the same passes.

    python benchmarks/attack_gain.py [--points 200] [--only NAME …]

One row for each attack that is listed, on the plain digits network (`digit_networks.py`) and images that it
gets right. The random search draws points from the threat, as often as the attack's most expensive point cost
forward and backward passes together, where a backward pass counts as one question, and so do the passes of
the surrogate of `transfer`, the PGD-trained network. Both see the same images, and the difference of their
successes has Tango's interval for pairs. An attack that is listed and not here is an error, and so is one
that beats luck in no row (its interval reaches 0), but for those in `NOT_MEANT`, which say why.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from digit_networks import TRAIN, digits, network
from durometer.attack import ATTACKS
from durometer.attack.random_search import RandomSearch
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, ModelCard, Oracle
from durometer.stats.paired import tango
from durometer.tasks import Classification
from durometer.threat import THREATS
from results import write

NETWORKS = Path(__file__).parents[1] / "tests" / "attack" / "networks"
BATCH = 50
LINF = {"name": "linf", "epsilon": 0.08}
L2 = {"name": "l2", "epsilon": 1.5}
L0 = {"name": "l0", "pixels": 20}
PATCH = {"name": "patch", "share": 0.03}
TURN = {"name": "rotation-translation", "degrees": 15, "pixels": 1}
BEHIND = {"name": "background", "epsilon": 1.0}
CASES = [
    ("pgd", {"steps": 20}, LINF),
    ("pgd", {"steps": 20}, L2),
    ("pgd", {"steps": 20}, TURN),
    ("pgd", {"steps": 20}, {"name": "vector-field", "pixels": 1}),
    ("pgd", {"steps": 20}, {"name": "color", "gain": 0.6, "offset": 0.3}),
    ("pgd", {"steps": 20}, {"name": "fixed-patch", "share": 0.1}),
    ("pgd", {"steps": 20}, {"name": "background", "epsilon": 0.1}),
    ("pgd", {"steps": 20}, {"name": "object", "epsilon": 0.15}),
    ("apgd", {"steps": 20}, LINF),
    ("apgd", {"steps": 20}, PATCH),
    ("apgd", {"steps": 20}, {"name": "l1", "epsilon": 8.0}),
    ("fab", {"steps": 20, "targets": 3}, LINF),
    ("ddn", {"steps": 50}, L2),
    ("fmn", {"steps": 50}, LINF),
    ("fmn", {"steps": 50}, L0),
    ("deepfool", {}, L2),
    ("carlini-wagner", {"steps": 50, "searches": 9}, L2),
    ("hopskipjump", {"queries": 1000}, L2),
    ("boundary", {"queries": 1000}, L2),
    ("geoda", {"queries": 1000}, L2),
    ("sigma-zero", {"steps": 50}, L0),
    ("simba", {"queries": 1000}, L2),
    ("nes", {"queries": 1000}, LINF),
    ("square", {"queries": 500, "rescaled": True}, LINF),
    ("eot", {"questions": 2, "steps": 10}, LINF),
    ("autoattack", {}, LINF),
    ("spatial", {"grid": [5, 3, 3], "around": 55}, TURN),
    ("patch", {"steps": 25, "tried": 2}, PATCH),
    ("patch-rs", {"queries": 300}, PATCH),
    ("sparse-rs", {"queries": 500}, L0),
    ("transfer", {"steps": 10}, {"name": "linf", "epsilon": 0.15}),
    ("background-texture", {"queries": 50}, BEHIND),
    ("complexity-adversarial", {}, BEHIND),
]
NOT_MEANT = {
    "random-search": "it is the random search",
    "complexity-adversarial": "it holds a complexity that random backgrounds do not",
}
"""Attacks that need not beat a random search in their threat."""
FEWER = {"autoattack": 40}
"""Most points of costly attacks."""


class Network:
    """One of the digits networks."""

    def __init__(self, name: str) -> None:
        self.card = ModelCard(name, digest=name, traits=frozenset({"grad", "logits"}))
        self._net = network().eval().requires_grad_(False)
        self._net.load_state_dict(load_file(NETWORKS / f"{name}.safetensors"))

    def view(self, canvas: torch.Tensor) -> torch.Tensor:
        """Return the canvas as it is."""
        return canvas

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self._net(x)


TASK = Classification(tuple(frozenset({k}) for k in range(10)))


def points(model: Network, many: int) -> Batch:
    """Return images that are right, with their strokes as masks."""
    x, y = (part[TRAIN:] for part in digits())
    right = (model(x).argmax(dim=1) == y).nonzero()[:many, 0]
    targets = tuple(frozenset({int(k)}) for k in y[right])
    names = tuple(f"digit/{i}" for i in right.tolist())
    return Batch(names, x[right], targets, {"mask": (x[right] > 0.3).float()})


def broken(attack, threat, model: Network, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Return which points an attack breaks, and the passes it spent on each."""
    other = Oracle(Network("robust"), TASK, batch_size=BATCH)
    oracle = Oracle(model, TASK, batch_size=BATCH, others={"robust": other})
    found = judged(attack, oracle, batch, threat, Dice(0, attack.name, attack.version, batch.ids))
    hit = oracle.score(found.x, batch.y) == 0
    if "forwards" not in found.facts:
        return hit, torch.tensor([getattr(attack, "queries", 2 * getattr(attack, "steps", 0) + 1) + 1])
    spent = [
        found.facts[name] for name in ("forwards", "backwards", "surrogate_passes") if name in found.facts
    ]
    return hit, torch.tensor(spent).sum(dim=0)


def row(name: str, params: dict, where: dict, model: Network, batch: Batch, known: dict) -> dict:
    """Return one row of the table."""
    attack = ATTACKS.make(name, params)
    threat = THREATS.make(where["name"], {k: v for k, v in where.items() if k != "name"})
    own, passes = broken(attack, threat, model, batch)
    budget = int(passes.max()) - 1  # the untouched input is asked about in both
    key = (repr(where), budget, len(batch))
    if key not in known:
        known[key] = broken(RandomSearch(queries=budget), threat, model, batch)[0]
    luck = known[key]
    gain = tango(int((own & ~luck).sum()), int((luck & ~own).sum()), len(batch))
    return {
        "attack": ", ".join([name, *(f"{k} {v}" for k, v in params.items())]),
        "threat": threat.describe(),
        "points": len(batch),
        "passes": budget,
        "success": f"{own.double().mean():.3f}",
        "random search": f"{luck.double().mean():.3f}",
        "difference": f"{gain.value:+.3f}",
        "interval": f"{gain.low:+.3f} to {gain.high:+.3f}",
        "beats luck": "yes" if gain.low > 0 else NOT_MEANT.get(name, "no"),
    }


def main() -> int:
    """Make the table; 1 if an attack does not beat a random search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=[])
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    missing = set(ATTACKS.names()) - {name for name, _, _ in CASES} - set(NOT_MEANT)
    if missing:
        raise SystemExit(f"these attacks are listed and not measured: {', '.join(sorted(missing))}")
    model, known, table = Network("plain"), {}, []
    batch = points(model, chosen.points)
    for name, params, where in CASES:
        if not chosen.only or name in chosen.only:
            part = batch.select(range(min(len(batch), FEWER.get(name, len(batch)))))
            table.append(row(name, params, where, model, part, known))
            print(table[-1], file=sys.stderr)
    if not chosen.only:
        write("attack-gain", table, note="Plain digits network, one seed, intervals of 95 %")
    winners = {line["attack"].split(",")[0] for line in table if line["beats luck"] == "yes"}
    losers = {line["attack"].split(",")[0] for line in table} - winners - set(NOT_MEANT)
    print(f"no better than luck: {', '.join(sorted(losers)) or 'none'}", file=sys.stderr)
    return int(bool(losers))


if __name__ == "__main__":
    sys.exit(main())
