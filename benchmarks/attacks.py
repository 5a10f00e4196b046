"""Our attacks in L-infinity against pyautoattack, torchattacks and foolbox: CPU time, passes, what survives.

    pip install -r benchmarks/requirements-attacks.txt   # an environment of its own
    python benchmarks/attacks.py --only PGD-40 APGD-100 [--rounds 3] [--points 500] [--batch-size 100]
    python benchmarks/attacks.py --only AutoAttack Square --rounds 1 --points 100 --batch-size 32

The networks of `tests/attack/networks` on digits: `plain` at epsilon 0.1, `robust` (trained by PGD) at 0.15.
Process CPU time on one thread, median of the rounds, in which the tools take turns. Passes are points through
the network, forward and backward, padding not counted. torchattacks runs with steps=100; as shipped its
AutoAttack takes 10.
"""

import argparse
import functools
import statistics
import time
import warnings
from pathlib import Path

import torch
from safetensors.torch import load_file

from digit_networks import TRAIN, Asked, Counted, digits, network
from durometer.attack.apgd import APGD
from durometer.attack.autoattack import AutoAttack
from durometer.attack.pgd import PGD
from durometer.attack.shell import judged
from durometer.attack.square import Square
from durometer.core import Batch, Dice, Oracle
from durometer.tasks import Classification
from durometer.threat import Linf
from results import write

NETWORKS = Path(__file__).parents[1] / "tests/attack/networks"
EPSILON = {"plain": 0.1, "robust": 0.15}
OURS = {
    "PGD-40": PGD(steps=40, step=0.1),
    "APGD-100": APGD(),
    "Square": Square(),
    "AutoAttack": AutoAttack(),
}
LONG = ("Square", "AutoAttack")
PEER_BATCH = 250
NOTE = (
    "L-infinity, digits at 32 px, one thread, process CPU time of {points} points, median of {rounds} rounds "
    "in which the tools take turns. Ratio: over the fastest peer. "
    "Our model is called at batches of {batch}, the peers' at 250. Peers: pyautoattack 0.2.0, torchattacks "
    "3.5.1 with steps=100, foolbox 3.3.4."
)


def loaded(which):
    """Return one of the networks, frozen."""
    net = network()
    net.load_state_dict(load_file(NETWORKS / f"{which}.safetensors"))
    return net.eval().requires_grad_(False)


def ours(name, net, x, y, epsilon, batch_size):
    """Run an attack of ours; return the inputs and the passes."""
    attack = OURS[name]
    batch = Batch(tuple(f"d{i}" for i in range(len(x))), x, tuple(frozenset({int(k)}) for k in y))
    task = Classification(tuple(frozenset({k}) for k in range(10)))
    oracle = Oracle(Asked(net), task, batch_size=batch_size)
    dice = Dice(0, attack.name, attack.version, batch.ids)
    return judged(attack, oracle, batch, Linf(epsilon=epsilon), dice).x, oracle.forwards, oracle.backwards


def pyautoattack(name, net, x, y, epsilon):
    """The code of auto-attack, packaged."""
    import pyautoattack as peer

    stages = {"APGD-100": ["apgd-ce"], "Square": ["square"]}
    attack = peer.AutoAttack(net, eps=epsilon, norm="Linf", seed=0, version="standard")
    attack.verbose = False
    attack.attacks_to_run = stages.get(name, attack.attacks_to_run)
    return attack.run_standard_evaluation(x, y, batch_size=PEER_BATCH)[0]


def torchattacks(name, net, x, y, epsilon):
    """With the published number of steps and schedule."""
    import torchattacks as peer

    square = functools.partial(
        peer.Square, net, "Linf", eps=epsilon, n_queries=5000, n_restarts=1, resc_schedule=False, seed=0
    )
    climb = functools.partial(peer.APGD, net, "Linf", eps=epsilon, steps=100, n_restarts=1, seed=0)
    led = {"eps": epsilon, "steps": 100, "n_restarts": 1, "n_classes": 10, "seed": 0}
    made = {
        "PGD-40": lambda: peer.PGD(net, eps=epsilon, alpha=0.1 * epsilon, steps=40),
        "APGD-100": lambda: climb(loss="ce"),
        "Square": square,
        "AutoAttack": lambda: peer.MultiAttack([
            climb(loss="ce"), peer.APGDT(net, "Linf", **led),
            peer.FAB(net, "Linf", **led, multi_targeted=True), square(),
        ]),
    }  # fmt: skip
    attack = made[name]()
    return torch.cat([attack(a, b) for a, b in zip(x.split(PEER_BATCH), y.split(PEER_BATCH), strict=True)])


def foolbox(name, net, x, y, epsilon):
    """It has PGD only."""
    import foolbox as peer

    model = peer.PyTorchModel(net, bounds=(0, 1), device="cpu")
    attack = peer.attacks.LinfPGD(steps=40, rel_stepsize=0.1)
    parts = zip(x.split(PEER_BATCH), y.split(PEER_BATCH), strict=True)
    return torch.cat([attack(model, a, b, epsilons=epsilon)[1] for a, b in parts])


PEERS = {
    "pyautoattack": (pyautoattack, ("APGD-100", "Square", "AutoAttack")),
    "torchattacks": (torchattacks, tuple(OURS)),
    "foolbox": (foolbox, ("PGD-40",)),
}


def timed(tool, name, which, x, y, batch_size):
    """Return CPU seconds, passes and the share of points that survive."""
    net = loaded(which)
    counted = Counted(net).eval()
    start = time.process_time()
    if tool == "durometer":
        found, forwards, backwards = ours(name, net, x, y, EPSILON[which], batch_size)
    else:
        found = PEERS[tool][0](name, counted, x, y, EPSILON[which])
        forwards, backwards = counted.forwards, counted.backwards
    seconds = time.process_time() - start
    with torch.no_grad():
        left = (net(found).argmax(1) == y).float().mean().item()
    return seconds, forwards, backwards, left


def rows(name, which, x, y, rounds, batch_size):
    """Return one row a tool; all take turns in each round."""
    tools = ["durometer", *(peer for peer, (_, does) in PEERS.items() if name in does)]
    runs = {tool: [] for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            runs[tool].append(timed(tool, name, which, x, y, batch_size))
    seconds = {tool: statistics.median(r[0] for r in runs[tool]) for tool in tools}
    fastest = min(s for tool, s in seconds.items() if tool != "durometer")
    for tool in tools:
        _, forwards, backwards, left = runs[tool][0]
        yield {
            "network": which, "attack": name, "tool": tool, "points": len(x),
            "CPU s": round(seconds[tool], 2),
            "ratio": round(seconds[tool] / fastest, 2), "forward": f"{forwards:,}",
            "backward": f"{backwards:,}", "survive": round(left, 3),
        }  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--only", nargs="*", default=list(OURS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    x, y = digits()
    note = NOTE.format(points=options.points, rounds=options.rounds, batch=options.batch_size)
    table = []
    for name in options.only:  # the table is written row by row: the last take minutes
        for which in EPSILON:
            part = x[TRAIN:][: options.points], y[TRAIN:][: options.points]
            table += rows(name, which, *part, options.rounds, options.batch_size)
            kept = "attacks-long" if name in LONG else "attacks"
            write(kept, table, note=note, packages=("pyautoattack", "torchattacks", "foolbox"))


if __name__ == "__main__":
    main()
