"""Our attacks that look for the nearest broken input against foolbox's and adversarial-library's.

    pip install foolbox==3.3.4                        # an environment of its own
    git clone https://github.com/jeromerony/adversarial-library   # if wanted: on PYTHONPATH, as `adv_lib`
    python benchmarks/minimal.py [--points 25] [--network plain]

The first test digits that the network of `tests/attack/networks` gets right. Decision-based attacks of a peer
run first; ours then gets as many questions a point as the peer's spent, and finds its own starts, while the
peer is given a digit that the network sees as another class.
"""

import argparse
import importlib.util
import sys
import time
from pathlib import Path
from unittest.mock import MagicMock

import torch
from safetensors.torch import load_file

from digit_networks import TRAIN, Asked, Counted, digits, network
from durometer.attack import ATTACKS
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, Oracle
from durometer.tasks import Classification
from durometer.threat import L0, L2, Linf
from results import write

NETWORKS = Path(__file__).parents[1] / "tests/attack/networks"
OPEN = {"l2": L2(epsilon=1000.0), "linf": Linf(epsilon=1.0), "l0": L0(pixels=1024)}
NOTE = (
    "{points} test digits that the network `{network}` gets right, one thread, batches of {points}. Median: "
    "of the distance over the points, one left unbroken counting as infinitely far. Forward and backward: "
    "passes a point, the mean. CPU: seconds for all points; ours includes the shell's own questions. "
    "foolbox's boundary attack and HopSkipJump start at a digit of another class, ours at random pictures."
)
LABELS = {"hopskipjump", "boundary"}
GRADIENTS = (
    ("ddn", "l2"), ("fmn", "l2"), ("fmn", "linf"), ("deepfool", "l2"), ("deepfool", "linf"),
    ("carlini-wagner", "l2"), ("sigma-zero", "l0"),
)  # fmt: skip
ALL = (*GRADIENTS, ("hopskipjump", "l2"), ("hopskipjump", "linf"), ("boundary", "l2"), ("geoda", "l2"))


def loaded(name, points):
    """A network and the first digits it gets right."""
    net = network()
    net.load_state_dict(load_file(NETWORKS / f"{name}.safetensors"))
    net.eval().requires_grad_(False)
    x, y = (part[TRAIN:] for part in digits())
    right = (net(x).argmax(1) == y).nonzero()[:, 0]
    return net, x[right[:points]], y[right[:points]], x[right], y[right]


def distance(x, found, net, y, norm):
    """The median; infinite where the point is not broken."""
    size = OPEN[norm].size(x, found)
    return torch.where(net(found).argmax(1) != y, size, torch.inf).median().item()


def row(attack, norm, who, x, found, net, y, passes, seconds):
    return {
        "attack": attack, "norm": norm, "by": who, "median": round(distance(x, found, net, y, norm), 4),
        "forward": round(passes[0] / len(x)), "backward": round(passes[1] / len(x)), "CPU": round(seconds, 2),
    }  # fmt: skip


def ours(name, norm, net, x, y, **values):
    """Our row, and the passes a point."""
    attack, batch = ATTACKS.make(name, values), _batch(x, y)
    oracle = Oracle(Asked(net), Classification(tuple(frozenset({k}) for k in range(10))), batch_size=len(x))
    begin = time.process_time()
    told = judged(attack, oracle, batch, OPEN[norm], Dice(0, name, attack.version, batch.ids))
    seconds = time.process_time() - begin
    passes = sum(told.facts["forwards"]), sum(told.facts["backwards"])
    return row(name, norm, "durometer", x, told.x, net, y, passes, seconds)


def _batch(x, y):
    return Batch(tuple(f"d{i}" for i in range(len(x))), x, tuple(frozenset({int(k)}) for k in y))


def peer(name, norm, who, run, net, x, y):
    """A peer's row: `run(network)` returns what it found."""
    counted = Counted(net).eval()
    torch.manual_seed(0)
    begin = time.process_time()
    found = run(counted).detach()
    seconds = time.process_time() - begin
    return row(name, norm, who, x, found, net, y, (counted.forwards, counted.backwards), seconds)


def foolbox(name, norm, net, x, y, pool):
    """foolbox's row of an attack, on the budget that ours has by default."""
    import foolbox as fb

    made = {
        ("ddn", "l2"): lambda: fb.attacks.DDNAttack(steps=100),
        ("fmn", "l2"): lambda: fb.attacks.L2FMNAttack(steps=100),
        ("fmn", "linf"): lambda: fb.attacks.LInfFMNAttack(steps=100),
        ("deepfool", "l2"): lambda: fb.attacks.L2DeepFoolAttack(candidates=10),
        ("deepfool", "linf"): lambda: fb.attacks.LinfDeepFoolAttack(candidates=10),
        ("carlini-wagner", "l2"): lambda: fb.attacks.L2CarliniWagnerAttack(steps=100),
        ("hopskipjump", "l2"): lambda: fb.attacks.HopSkipJumpAttack(steps=8),
        ("hopskipjump", "linf"): lambda: fb.attacks.HopSkipJumpAttack(steps=8, constraint="linf"),
        ("boundary", "l2"): lambda: fb.attacks.BoundaryAttack(steps=1500),
    }[name, norm]()
    more = {"starting_points": _others(net, y, *pool)} if name in LABELS else {}

    def run(counted):
        model = fb.PyTorchModel(counted, bounds=(0, 1), device="cpu")
        return made.run(model, x, y, **more)

    return peer(name, norm, "foolbox", run, net, x, y)


def _others(net, y, pool, labels):
    """For each label a digit of the pool that has another."""
    return torch.stack([pool[(labels != k).nonzero()[int(i), 0]] for i, k in enumerate(y)])


def adversarial_library(name, norm, net, x, y):
    """adversarial-library's row."""
    from adv_lib.attacks import carlini_wagner_l2, ddn, fmn
    from adv_lib.attacks.sigma_zero import sigma_zero

    order = {"l2": 2, "linf": float("inf"), "l0": 0}[norm]
    run = {
        "ddn": lambda model: ddn(model, x, y, steps=100, levels=None),
        "fmn": lambda model: fmn(model, x, y, norm=order, steps=100),
        "carlini-wagner": lambda model: carlini_wagner_l2(model, x, y, max_iterations=100),
        "sigma-zero": lambda model: sigma_zero(model, x, y, num_steps=100),
    }[name]
    return peer(name, norm, "adversarial-library", run, net, x, y)


def stub():
    """Let peers import what they need elsewhere only: foolbox for its zoo, adversarial-library for plots."""
    for package, parts in {"git": ("exc",), "visdom": (), "torchvision": ("models", "transforms")}.items():
        if importlib.util.find_spec(package) is None:
            for name in (package, *(f"{package}.{part}" for part in parts)):
                sys.modules[name] = MagicMock()


def table(name, points):
    net, x, y, *pool = loaded(name, points)
    for attack, norm in ALL:
        theirs = [foolbox(attack, norm, net, x, y, pool)] if attack not in ("geoda", "sigma-zero") else []
        if attack in ("ddn", "fmn", "carlini-wagner", "sigma-zero") and importlib.util.find_spec("adv_lib"):
            theirs.append(adversarial_library(attack, norm, net, x, y))
        asked = {"queries": theirs[0]["forward"]} if attack in LABELS else {}
        yield ours(attack, norm, net, x, y, **asked, **({"queries": 1600} if attack == "geoda" else {}))
        yield from theirs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=25)
    parser.add_argument("--network", default="plain")
    options = parser.parse_args()
    torch.set_num_threads(1)
    stub()
    rows = list(table(options.network, options.points))
    note = NOTE.format(points=options.points, network=options.network)
    write(f"minimal-{options.network}", rows, note=note, packages=("foolbox",))


if __name__ == "__main__":
    main()
