"""AutoAttack and its parts against the authors' code, packaged as pyautoattack, on the same points.

At most 1 % more points survive than there: ours follows the same rules with its own random numbers.
"""

import pytest
import torch

from durometer.attack.apgd import APGD
from durometer.attack.autoattack import AutoAttack
from durometer.attack.fab import FAB
from durometer.attack.square import Square
from durometer.threat import L1, L2, Linf

from .small import Small, attack, digits

pyautoattack = pytest.importorskip(
    "pyautoattack", reason="compared with pyautoattack, which is not installed"
)
THREATS = {"Linf": Linf, "L2": L2, "L1": L1}
EPSILONS = {
    "Linf": {"plain": 0.1, "masking": 0.1, "robust": 0.15},
    "L2": {"plain": 0.8, "masking": 0.8, "robust": 1.2},
    "L1": {"plain": 6.0, "masking": 6.0, "robust": 8.0},
}
SHARES = (0.4, 0.7, 1.0, 1.3, 1.6)
"""Of the epsilon above: five of them at one seed."""


def parts(norm, queries=5000, rules="corrected"):
    """Each component under its name there."""
    l1 = norm == "L1"
    squares = "anywhere" if rules == "corrected" else "published"
    return {
        "apgd-ce": APGD(wider=l1, restarts=5 if l1 else 1, first_check=rules),
        "apgd-t": APGD("dlr-targeted", wider=l1, targets=5 if l1 else 9, first_check=rules),
        "fab-t": FAB(),
        "square": Square(queries=queries, squares=squares),
    }


def theirs(which, batch, y, norm, epsilon, names, *, seed=0, queries=5000):
    """Whether each point survives there."""
    net = Small(which).net
    peer = pyautoattack.AutoAttack(net, eps=epsilon, norm=norm, seed=seed, version="standard")
    peer.verbose, peer.square.n_queries, peer.attacks_to_run = False, queries, list(names)
    with torch.random.fork_rng():
        found, _ = peer.run_standard_evaluation(batch.x, y, batch_size=250)
    assert THREATS[norm](epsilon=epsilon * (1 + 1e-5)).contains(batch.x, found).all()
    return net(found).argmax(dim=1) == y


def compare(which, batch, y, norm, epsilon, attacking, names, **options):
    seed = options.get("seed", 0)
    _, mine = attack(which, batch, attacking, THREATS[norm](epsilon=epsilon), seed=seed, batch_size=64)
    other = theirs(which, batch, y, norm, epsilon, names, **options)
    more = mine.float().mean() - other.float().mean()
    assert more <= 0.01 + 1e-6, f"{mine.sum()} survive, there {other.sum()} of {len(y)}"


@pytest.mark.parametrize("which", ["plain", "masking"])
@pytest.mark.parametrize(("norm", "name"), [("Linf", "apgd-ce"), ("L2", "apgd-ce"), ("Linf", "square")])
def test_differential_a_hundred_points(which, norm, name):
    batch, y = digits(100)
    compare(which, batch, y, norm, EPSILONS[norm][which], parts(norm, 200)[name], [name], queries=200)


CASES = [(share, 0) for share in SHARES] + [(1.0, seed) for seed in range(1, 5)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["apgd-ce", "apgd-t", "fab-t", "square"])
@pytest.mark.parametrize(("share", "seed"), CASES)
@pytest.mark.parametrize("which", ["plain", "robust", "masking"])
@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_differential_each_part(norm, which, share, seed, name):
    batch, y = digits(500)
    epsilon = share * EPSILONS[norm][which]
    compare(which, batch, y, norm, epsilon, parts(norm)[name], [name], seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("rules", ["corrected", "published"])
@pytest.mark.parametrize(("share", "seed"), CASES)
@pytest.mark.parametrize("which", ["plain", "robust", "masking"])
@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_differential_the_whole(norm, which, share, seed, rules):
    batch, y = digits(500)
    epsilon = share * EPSILONS[norm][which]
    compare(which, batch, y, norm, epsilon, AutoAttack(rules=rules), parts(norm), seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["apgd-ce", "apgd-t", "fab-t", "square"])
@pytest.mark.parametrize("which", ["plain", "robust"])
def test_differential_in_l1(which, name):
    batch, y = digits(200)
    compare(which, batch, y, "L1", EPSILONS["L1"][which], parts("L1")[name], [name])
