"""Attacks that look for the nearest broken input, where its distance is known exactly."""

from dataclasses import replace

import pytest
import torch

from durometer.attack import ATTACKS, attacked
from durometer.attack.deepfool import DeepFool, ahead, rivals
from durometer.attack.engine import Nearest, Prober
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, ExtensionError, Oracle, UsageError
from durometer.core.goal import TaskGoal
from durometer.tasks import Classification
from durometer.tasks.goal import ClassGoal
from durometer.testing import check_attack
from durometer.testing.toys import linear
from durometer.threat import L0, L1, L2, Background, Linf

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
    [
        ("ddn", "l2"), ("fmn", "l2"), ("fmn", "linf"), ("fmn", "l1"), ("deepfool", "l2"),
        ("deepfool", "linf"), ("carlini-wagner", "l2"),
    ],
)  # fmt: skip
def test_oracle_distances_of_a_linear_model(name, norm):
    model, weight, batch, labels = problem()
    attack = ATTACKS.make(name, {"steps": 300} if name in ("ddn", "fmn") else {})
    threat = OPEN[norm]
    found = attacked(attack, Oracle(model, SEVEN, batch_size=8), batch, threat, Dice(0, name, 1, batch.ids))
    assert (model(found).argmax(dim=1) != labels).all()
    best = exact(weight, batch.x, labels, norm)
    size = threat.size(batch.x, found)
    assert (size >= best * (1 - 1e-4)).all()
    assert (size / best).median() <= 1.02


@pytest.mark.parametrize(
    ("name", "threat"),
    [
        ("ddn", OPEN["l2"]),
        ("fmn", OPEN["l2"]),
        ("fmn", OPEN["linf"]),
        ("fmn", OPEN["l1"]),
        ("fab", Linf()),
        ("deepfool", OPEN["linf"]),
    ],
)
def test_contract(name, threat):
    check_attack(ATTACKS.make(name), threat=threat)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ddn", "it knows the threat l2 only"),
        ("fmn", "it knows the threats linf, l2, l1, l0 only"),
        ("deepfool", "it knows the threats l2, linf only"),
        ("carlini-wagner", "it knows the threat l2 only"),
    ],
)
def test_errors_other_threats_are_refused(name, says):
    _, _, batch, _ = problem()
    attack = ATTACKS.make(name)
    with pytest.raises(ExtensionError, match=says):
        attack(Oracle(problem()[0], SEVEN, batch_size=8), batch, Background(), Dice(0, name, 1, batch.ids))


def test_oracle_several_gradients_of_one_question():
    # values x0², x0 x1 and 3 x1 at (2, 5): gradients (4, 0), (5, 2), (0, 3); one forward, three backward
    x = torch.tensor([[2.0, 5.0], [1.0, 1.0], [0.0, 4.0]])
    oracle = Oracle(linear(torch.eye(2)), Classification((frozenset({0}), frozenset({1}))), batch_size=2)
    output, values, gradients = oracle.jacobian(
        x, lambda out, rows: torch.stack([out[:, 0] ** 2, out.prod(dim=1), 3 * out[:, 1]], dim=1)
    )
    assert torch.equal(output, x)
    assert values[0].tolist() == [4.0, 10.0, 15.0]
    assert gradients[0].tolist() == [[4.0, 0.0], [5.0, 2.0], [0.0, 3.0]]
    assert gradients[2].tolist() == [[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]]
    assert (oracle.forwards, oracle.backwards) == (3, 9)


def test_oracle_deepfool_needs_one_step_on_a_linear_model():
    # one question finds all six planes, another sees the point broken; then ten halvings; clean first
    model, _, batch, _ = problem()
    attack = ATTACKS.make("deepfool", {"step": 1.0})
    told = judged(attack, Oracle(model, SEVEN, batch_size=8), batch, OPEN["l2"], Dice(0, "d", 1, batch.ids))
    assert set(told.facts["forwards"]) == {1 + 2 + 10}
    assert set(told.facts["backwards"]) == {12}  # six classes twice


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_oracle_the_box_is_respected(norm):
    # w = (3, 1) at (0.1, 0.5), margin 3 (0.1) + 0.5 - 0.4 = 0.4: unbounded, l2 goes 0.12 along the first
    # value, which has only 0.1 to give: the second must give 0.1, a length of sqrt(0.02). In linf 0.1 each.
    model = linear(torch.tensor([[3.0, 1.0], [0.0, 0.0]]), torch.tensor([-0.4, 0.0]))
    batch = Batch(("a",), torch.tensor([[0.1, 0.5]]), (frozenset({0}),))
    two = Classification((frozenset({0}), frozenset({1})))
    threat = OPEN[norm]
    found = attacked(
        ATTACKS.make("deepfool"), Oracle(model, two, batch_size=1), batch, threat, Dice(0, "d", 1, batch.ids)
    )
    exact = {"l2": 0.02**0.5, "linf": 0.1}[norm]
    assert threat.size(batch.x, found).item() == pytest.approx(exact, rel=0.02)  # the overshoot


def seen_by(model, x, marked, targeted=False):
    """A prober and a room on a goal of these classes (K,), whatever the labels are."""
    batch = Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))
    task = Classification(tuple(frozenset({k}) for k in range(len(marked))))
    prober = Prober(Oracle(model, task, batch_size=4), batch)
    prober.goal = ClassGoal(torch.tensor([marked] * len(x)), targeted=targeted)
    return prober, prober.room(OPEN["l2"], Dice(0, "t", 1, batch.ids))


def test_oracle_rivals_are_the_classes_of_which_one_must_win():
    # logits (3, 1, 2, 0): away from {0, 2} the rivals are 1 and 0 behind, their lead over 3 is -2 and -3;
    # to {1, 3} the same two; a third place of one with fewer rivals is never ahead
    z = torch.tensor([[3.0, 1.0, 2.0, 0.0]])
    for marked, targeted in (([True, False, True, False], False), ([False, True, False, True], True)):
        prober, room = seen_by(linear(torch.eye(4)), z, marked, targeted)
        at = rivals(prober, room, 9)
        assert at[:, :2].tolist() == [[1, 3]]
        assert ahead(z, room.goal, at).tolist() == [[-2.0, -3.0, -torch.inf]]


def test_deepfool_reaches_a_wanted_class():
    model, _, batch, labels = problem()
    keep = labels != 4
    x = batch.x[keep]
    prober, room = seen_by(model, x, [k == 4 for k in range(7)], targeted=True)
    nearest = Nearest(prober)
    DeepFool()._run(prober, room, nearest, (0.0, 1.0))
    assert (model(nearest.x).argmax(dim=1) == 4).all()


def test_errors_deepfool_attacks_classifiers():
    _, _, batch, _ = problem()
    prober, room = seen_by(linear(torch.eye(64).reshape(64, 1, 8, 8)), batch.x, [True] * 64)
    room = replace(room, goal=TaskGoal(SEVEN, batch.y))
    with pytest.raises(UsageError, match="deepfool attacks classifiers"):
        rivals(prober, room, 3)


def test_oracle_fmn_in_l0_changes_the_fewest_pixels():
    # three channels with the same weight: a pixel of gray 0.5 lowers the margin by 3 · 0.5 |w|: by
    # 1.5, 1.2 and 0.9 the three heaviest of sixteen; margins of 1, 2 and 3 need 1, 2 and 3 pixels
    w = torch.full((16,), 0.01)
    w[[3, 7, 9]] = torch.tensor([1.0, -0.8, 0.6])
    weight = w.reshape(1, 4, 4).expand(3, -1, -1)
    for margin in (1, 2, 3):
        bias = torch.tensor([margin - 0.5 * weight.sum(), 0.0])
        model = linear(torch.stack([weight, torch.zeros_like(weight)]), bias)
        batch = Batch(("a",), torch.full((1, 3, 4, 4), 0.5), (frozenset({0}),))
        two = Classification((frozenset({0}), frozenset({1})))
        told = judged(
            ATTACKS.make("fmn"),
            Oracle(model, two, batch_size=1),
            batch,
            L0(pixels=16),
            Dice(0, "f", 1, batch.ids),
        )
        assert told.facts["distance"] == [margin]
