"""Losses and goals by hand."""

import math

import pytest
import torch

from durometer.attack.losses import loss_named
from durometer.core import UsageError
from durometer.core.goal import TaskGoal
from durometer.tasks import Classification
from durometer.tasks.goal import ClassGoal

LOGITS = torch.tensor([[4.0, 1.0, 3.0, -2.0, 0.0]])


def goal(*right, logits=LOGITS, **more):
    marked = torch.zeros(len(logits), logits.shape[1], dtype=torch.bool)
    marked[:, list(right)] = True
    return ClassGoal(marked, **more)


@pytest.mark.parametrize(
    ("name", "right", "value"),
    [
        ("dlr", 0, -(4 - 3) / (4 - 1)),  # sorted 4, 3, 1: right first
        ("dlr", 1, -(1 - 4) / (4 - 1)),  # right is wrong already: the other is the winner
        ("dlr-targeted", 0, -(4 - 1) / (4 - (1 + 0) / 2)),  # aims at class 1; third and fourth are 1 and 0
        ("margin", 0, 3 - 4),
        ("margin", 1, 4 - 1),
        ("margin-targeted", 0, 1 - 4),
        ("soft-margin", 0, 0.4 * math.log(sum(math.exp(z / 0.4) for z in (1, 3, -2, 0))) - 4),  # a gap of 1
    ],
)
def test_oracle_by_hand(name, right, value):
    aimed = goal(right).aimed(torch.tensor([1]))
    assert loss_named(name, aimed)(LOGITS, aimed).item() == pytest.approx(value)


def test_cross_entropy_is_torchs():
    expected = torch.nn.functional.cross_entropy(LOGITS, torch.tensor([2]))
    for name in ("ce", "task"):
        assert loss_named(name, goal(2))(LOGITS, goal(2)).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("targeted", [False, True])
def test_property_the_way_of_the_soft_margin_does_not_change_with_the_scale_of_logits(targeted):
    # at logits times 1000 the cross-entropy of what is sure has no gradient; that of the soft margin stays
    aim, ways = goal(0, targeted=targeted), []
    soft, ce = (loss_named(name, aim) for name in ("soft-margin", "ce"))
    for scale in (1e-3, 1.0, 1000.0):
        z = (scale * LOGITS).requires_grad_(True)
        ways.append(torch.autograd.grad(soft(z, aim), z)[0])
    assert torch.allclose(ways[0], ways[1], atol=1e-4)
    assert torch.allclose(ways[2], ways[1], atol=1e-4)
    assert ways[1].sum().abs() < 1e-5  # a shift of all logits changes nothing
    assert (ways[1][0, 0] > 0) == targeted
    assert torch.autograd.grad(ce(z, aim), z)[0].abs().sum() == 0


def test_oracle_at_the_boundary_the_soft_margin_is_the_margin():
    close = torch.tensor([[2.0, 1.999, 1.9]])
    aim = goal(0, logits=close)
    z = close.requires_grad_(True)
    (way,) = torch.autograd.grad(loss_named("soft-margin", aim)(z, aim), z)
    assert way[0].tolist() == pytest.approx([-1.0, 1.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("name", ["dlr", "dlr-targeted"])
def test_property_ratios_do_not_change_with_scale_and_shift(name):
    aimed = goal(0).aimed(torch.tensor([3]))
    one, two = (loss_named(name, aimed)(z, aimed) for z in (LOGITS, 7 * LOGITS + 3))
    assert one.item() == pytest.approx(two.item())


def test_several_right_classes_are_one():
    both = goal(0, 2)
    assert both.margin(LOGITS).item() == 4 - 1
    assert not both.broken(LOGITS).item()
    # cross-entropy of the two together: log Σ e^z - log(e^4 + e^3)
    expected = LOGITS.logsumexp(1) - torch.tensor([4.0, 3.0]).logsumexp(0)
    assert both.loss(LOGITS).item() == pytest.approx(expected.item())
    assert both.others(LOGITS)[0, :3].tolist() == [1, 4, 3]


def test_a_targeted_goal_is_turned_around():
    wanted = goal(1, targeted=True)
    assert not wanted.broken(LOGITS).item()
    assert wanted.margin(LOGITS).item() == 4 - 1
    assert wanted.broken(torch.tensor([[0.0, 5.0, 1.0, 1.0, 1.0]])).item()
    assert wanted.loss(LOGITS).item() == pytest.approx(-goal(1).loss(LOGITS).item())


def test_equals_go_to_the_lowest_as_when_scored():
    tie = torch.tensor([[1.0, 1.0, 0.0, 0.0, 0.0]])
    assert not goal(0).broken(tie).item()
    assert goal(1).broken(tie).item()


def test_only_competing_outputs_count():
    task = Classification((frozenset({0}), frozenset({2})), among=(0, 2))
    made = task.goal(LOGITS, [frozenset({0})])
    assert made.values(LOGITS).tolist() == [[4.0, 3.0]]
    assert made.margin(LOGITS).item() == 1.0


def test_probabilities_stand_for_logits_by_their_logarithm():
    shares = LOGITS.softmax(dim=1)
    made = goal(0, probabilities=True)
    assert made.margin(shares).item() == pytest.approx(1.0, abs=1e-6)
    assert made.loss(shares).item() == pytest.approx(goal(0).loss(LOGITS).item(), abs=1e-6)


def test_errors():
    with pytest.raises(UsageError, match=r"the loss 'dlr' needs 3 classes, and 2 compete\. Use loss = 'ce'"):
        loss_named("dlr", goal(0, logits=torch.zeros(1, 2)))
    with pytest.raises(UsageError, match="a targeted loss needs a class to lead to"):
        loss_named("margin-targeted", goal(0))(LOGITS, goal(0))
    other = TaskGoal(Classification((frozenset({0}), frozenset({1}))), (frozenset({0}),))
    with pytest.raises(UsageError, match="the loss 'dlr' is for classifiers"):
        loss_named("dlr", other)
