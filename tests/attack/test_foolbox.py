"""Minimal distances against foolbox's, on the networks of the benchmarks and the same budgets."""

import sys
import warnings
from unittest.mock import MagicMock

import pytest
import torch
from safetensors.torch import load_file

from durometer.attack import ATTACKS
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, Oracle
from durometer.tasks import Classification
from durometer.testing.toys import Toy
from durometer.threat import L2, Linf

POINTS = 40
OPEN = {"l2": L2(epsilon=1000.0), "linf": Linf(epsilon=1.0)}
TEN = Classification(tuple(frozenset({k}) for k in range(10)))


@pytest.fixture(scope="module")
def foolbox():
    """foolbox, whose zoo wants git."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        for name in ("git", "git.exc"):
            patch.setitem(sys.modules, name, sys.modules.get(name, MagicMock()))
        yield pytest.importorskip("foolbox", reason="compares with foolbox, which is not installed")


@pytest.fixture(scope="module")
def plain(request):
    """The network, digits that it gets right, and one of another class for each."""
    sys.path.insert(0, str(request.config.rootpath / "benchmarks"))
    try:
        from digit_networks import TRAIN, digits, network
    finally:
        sys.path.pop(0)
    net = network()
    net.load_state_dict(load_file(request.path.parent / "networks/plain.safetensors"))
    net.eval().requires_grad_(False)
    x, y = (part[TRAIN:] for part in digits())
    right = net(x).argmax(1) == y
    x, y = x[right], y[right]
    others = torch.stack([x[(y != k).nonzero()[i, 0]] for i, k in enumerate(y[:POINTS])])
    return net, x[:POINTS], y[:POINTS], others


class Counted(torch.nn.Module):
    """Counts the points that pass forward."""

    def __init__(self, net):
        super().__init__()
        self.net, self.forwards = net, 0

    def forward(self, x):
        self.forwards += len(x)
        return self.net(x)


def theirs(foolbox, attack, plain, norm, **more):
    """Their median distance and questions a point; a point left unbroken is infinitely far."""
    net, x, y, _ = plain
    counted = Counted(net).eval()
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = foolbox.PyTorchModel(counted, bounds=(0, 1), device="cpu")
        found = attack.run(model, x, y, **more).detach()
    return median(net, x, y, found, norm), counted.forwards // len(x)


def ours(name, plain, norm, **params):
    net, x, y, _ = plain
    batch = Batch(tuple(f"d{i}" for i in range(len(x))), x, tuple(frozenset({int(k)}) for k in y))
    attack = ATTACKS.make(name, params)
    oracle = Oracle(Toy("plain", net), TEN, batch_size=len(x))
    told = judged(attack, oracle, batch, OPEN[norm], Dice(0, name, attack.version, batch.ids))
    return median(net, x, y, told.x, norm), max(told.facts["forwards"])


def median(net, x, y, found, norm):
    size = OPEN[norm].size(x, found)
    return torch.where(net(found).argmax(1) != y, size, torch.inf).median().item()


@pytest.mark.parametrize(
    ("name", "norm", "theirs_is"),
    [
        ("ddn", "l2", lambda fb: fb.attacks.DDNAttack(steps=100)),
        ("fmn", "l2", lambda fb: fb.attacks.L2FMNAttack(steps=100)),
        ("fmn", "linf", lambda fb: fb.attacks.LInfFMNAttack(steps=100)),
        ("deepfool", "l2", lambda fb: fb.attacks.L2DeepFoolAttack(candidates=10)),
        ("deepfool", "linf", lambda fb: fb.attacks.LinfDeepFoolAttack(candidates=10)),
    ],
)
def test_differential_gradients_end_no_farther_away(foolbox, plain, name, norm, theirs_is):
    far, _ = theirs(foolbox, theirs_is(foolbox), plain, norm)
    near, _ = ours(name, plain, norm)
    assert near <= far * 1.005


@pytest.mark.slow
def test_differential_carlini_wagner_ends_no_farther_away(foolbox, plain):
    far, _ = theirs(foolbox, foolbox.attacks.L2CarliniWagnerAttack(steps=100), plain, "l2")
    near, _ = ours("carlini-wagner", plain, "l2")
    assert near <= far * 1.005


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "norm", "theirs_is"),
    [
        ("hopskipjump", "l2", lambda fb: fb.attacks.HopSkipJumpAttack(steps=7)),
        ("hopskipjump", "linf", lambda fb: fb.attacks.HopSkipJumpAttack(steps=7, constraint="linf")),
        ("boundary", "l2", lambda fb: fb.attacks.BoundaryAttack(steps=1200)),
    ],
)
def test_differential_labels_alone_end_no_farther_away(foolbox, plain, name, norm, theirs_is):
    # foolbox begins at a digit of another class, ours at random pictures: theirs has the easier start
    far, asked = theirs(foolbox, theirs_is(foolbox), plain, norm, starting_points=plain[3])
    near, questions = ours(name, plain, norm, queries=asked)
    assert questions <= asked + 1
    assert near <= far
