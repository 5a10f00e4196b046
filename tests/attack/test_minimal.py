"""Attacks that look for the nearest broken input, where its distance is known exactly."""

import pytest
import torch

from durometer.attack import ATTACKS, attacked
from durometer.core import Batch, Dice, ExtensionError, Oracle
from durometer.tasks import Classification
from durometer.testing import check_attack
from durometer.testing.toys import linear
from durometer.threat import L1, L2, Background, Linf

SEVEN = Classification(tuple(frozenset({k}) for k in range(7)))
DUAL = {"linf": 1, "l2": 2, "l1": torch.inf}
OPEN = {"linf": Linf(epsilon=1.0), "l2": L2(epsilon=100.0), "l1": L1(epsilon=100.0)}


def problem():
    """Seven linear classes on 64 values, and inputs so far inside [0, 1] that the box plays no part."""
    generator = torch.Generator().manual_seed(11)
    weight = torch.randn(7, 1, 8, 8, generator=generator)
    x = 0.45 + 0.1 * torch.rand(20, 1, 8, 8, generator=generator)
    model = linear(weight)
    labels = model(x).argmax(dim=1)
    batch = Batch(tuple(f"s{i}" for i in range(20)), x, tuple(frozenset({int(k)}) for k in labels))
    return model, weight.flatten(1), batch, labels


def exact(weight, x, labels, norm):
    """The nearest point at which another class wins: margin over the dual norm of the difference."""
    logits = x.flatten(1) @ weight.T
    found = []
    for row, y in zip(logits, labels.tolist(), strict=True):
        others = [k for k in range(7) if k != y]
        gaps = [(row[y] - row[k]) / (weight[y] - weight[k]).norm(DUAL[norm]) for k in others]
        found.append(min(gaps))
    return torch.stack(found)


@pytest.mark.parametrize(
    ("name", "norm"),
    [("ddn", "l2"), ("fmn", "l2"), ("fmn", "linf"), ("fmn", "l1")],
)
def test_oracle_distances_of_a_linear_model(name, norm):
    model, weight, batch, labels = problem()
    attack = ATTACKS.make(name, {"steps": 300})
    threat = OPEN[norm]
    found = attacked(attack, Oracle(model, SEVEN, batch_size=8), batch, threat, Dice(0, name, 1, batch.ids))
    assert (model(found).argmax(dim=1) != labels).all()
    best = exact(weight, batch.x, labels, norm)
    size = threat.size(batch.x, found)
    assert (size >= best * (1 - 1e-4)).all()
    assert (size / best).median() <= 1.02


@pytest.mark.parametrize(
    ("name", "threat"),
    [("ddn", OPEN["l2"]), ("fmn", OPEN["l2"]), ("fmn", OPEN["linf"]), ("fmn", OPEN["l1"]), ("fab", Linf())],
)
def test_contract(name, threat):
    check_attack(ATTACKS.make(name), threat=threat)


@pytest.mark.parametrize(
    ("name", "says"), [("ddn", "it knows the threat l2 only"), ("fmn", "it knows the threats")]
)
def test_errors_other_threats_are_refused(name, says):
    _, _, batch, _ = problem()
    attack = ATTACKS.make(name)
    with pytest.raises(ExtensionError, match=says):
        attack(Oracle(problem()[0], SEVEN, batch_size=8), batch, Background(), Dice(0, name, 1, batch.ids))
