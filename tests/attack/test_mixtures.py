"""Randomized ensembles with known weights: expectations are exact, and the best attack on linear ones is
known."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from durometer.attack import attacked
from durometer.attack.apgd import APGD
from durometer.attack.arc import ARC
from durometer.attack.pgd import PGD
from durometer.core import Batch, Dice, ExtensionError, ModelCard, ModelError, Oracle, UsageError
from durometer.models.mixture import Mixture
from durometer.tasks import Classification
from durometer.tasks.mixture import TIE, MixtureClassification
from durometer.testing import check_attack
from durometer.testing.toys import linear
from durometer.threat import L1, L2, Linf

ACCEPTED = (frozenset({0}), frozenset({1}))


def two_class(w, b=0.0):
    """A model of two classes with margin <w, x> + b."""
    w = torch.as_tensor(w, dtype=torch.float32).reshape(1, 4, 4)
    return linear(torch.stack([w / 2, -w / 2]), torch.tensor([b / 2, -b / 2]))


def run(attack, members, weights, x, threat, batch_size=8):
    mixture = Mixture(members, weights)
    task = MixtureClassification(ACCEPTED, weights=mixture.weights)
    oracle = Oracle(mixture, task, batch_size=batch_size)
    batch = Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))
    found = attacked(attack, oracle, batch, threat, Dice(0, attack.name, attack.version, batch.ids))
    assert threat.contains(x, found).all()
    return oracle.score(found, batch.y)


def least(members, weights, x, epsilon):
    """The least expected accuracy in an L-infinity ball away from the ends of [0, 1], by linear programs.

    For each set of members: is there a change with every margin of the set below 0?
    """
    w = np.stack([m(torch.eye(16).reshape(16, 1, 4, 4)).diff(dim=1)[:, 0].numpy() for m in members])
    zero = np.array([m(torch.zeros(1, 1, 4, 4)).diff(dim=1).item() for m in members])
    slope = -(w - zero[:, None])
    margin = slope @ x.flatten().numpy() - zero
    best = 1.0
    for wrong in itertools.product((0, 1), repeat=len(members)):
        at = [i for i, k in enumerate(wrong) if k]
        if at:
            # the largest of the margins, as small as it can be made: is it below 0?
            lp = linprog(
                np.r_[np.zeros(16), 1.0], A_ub=np.c_[slope[at], -np.ones(len(at))], b_ub=-margin[at],
                bounds=[(-epsilon, epsilon)] * 16 + [(None, None)],
            )  # fmt: skip
            if lp.fun >= -1e-6:
                continue
        best = min(best, sum(v for v, k in zip(weights, wrong, strict=True) if not k))
    return best


def drawn(seed, members=3):
    generator = torch.Generator().manual_seed(seed)
    w = torch.randn(members, 16, generator=generator)
    x = 0.3 + 0.4 * torch.rand(10, 1, 4, 4, generator=generator)
    # every margin at the first point is 0.3 to 1.2 of what epsilon 0.1 can change
    middle = (w * x.mean(0).flatten()).sum(1)
    room = 0.1 * w.abs().sum(1) * (0.3 + 0.9 * torch.rand(members, generator=generator))
    return [two_class(w[i], float(room[i] - middle[i])) for i in range(members)], x


@pytest.mark.parametrize("seed", range(3))
def test_oracle_arc_against_linear_programs(seed):
    members, x = drawn(seed)
    weights = (0.5, 0.3, 0.2)
    threat = Linf(epsilon=0.1)
    best = torch.tensor([least(members, weights, one, 0.1) for one in x])
    scores = [run(a, members, weights, x, threat) for a in (ARC(), APGD("task", 60), ARC(climb=60))]
    assert all((score >= best - 1e-6).all() for score in scores)
    gaps = [(score - best).mean().item() for score in scores]
    assert gaps[0] < 0.3
    assert gaps[2] <= gaps[1] < 0.25
    assert (scores[2] <= scores[1]).all()


@pytest.mark.parametrize("threat", [Linf(epsilon=0.1), L2(epsilon=0.4)])
def test_oracle_a_mixture_of_one_is_broken_exactly_where_it_can_be(threat):
    members, x = drawn(5, members=1)
    w = members[0](torch.eye(16).reshape(16, 1, 4, 4)) - members[0](torch.zeros(1, 1, 4, 4))
    slope = w[:, 0] - w[:, 1]
    dual = slope.abs().sum() if threat.name == "linf" else slope.norm()
    out = members[0](x)
    margin = out[:, 0] - out[:, 1]
    score = run(ARC(steps=30), members, (1.0,), x, threat)
    assert (score[margin < 0.99 * threat.epsilon * dual] == 0).all()
    assert (score[margin > threat.epsilon * dual + 1e-5] == 1).all()


def opposed():
    """Two members with half of the weight each. s = sum of the changes, in units of epsilon; at most 16.

    The first has the margin 10 (9 + s): it breaks at s < -9, but its loss is saturated. The second has
    3 - s / 10: it can't be broken, and its gradient leads to s = 16, away from where the first breaks.
    """
    epsilon, ones = 0.02, torch.ones(16)
    first = two_class(ones * 10 / epsilon, 90 - 10 / epsilon * 8)
    second = two_class(-ones * 0.1 / epsilon, 3 + 0.1 / epsilon * 8)
    return [first, second], torch.full((6, 1, 4, 4), 0.5), epsilon


@pytest.mark.parametrize("attack", [APGD("task", steps=60, restarts=3), PGD(steps=60, restarts=3)])
def test_arc_breaks_what_the_mean_gradient_does_not(attack):
    members, x, epsilon = opposed()
    assert run(attack, members, (), x, Linf(epsilon=epsilon)).tolist() == [1.0] * 6
    assert run(ARC(), members, (), x, Linf(epsilon=epsilon)).tolist() == [0.5] * 6
    # in L2 sum of changes reaches 4 times the length: 0.08 / 0.02 * 4 = 16 as well
    assert run(ARC(), members, (), x, L2(epsilon=4 * epsilon)).tolist() == [0.5] * 6


def test_oracle_scores_losses_and_margins_by_hand():
    # member logits (1, 0) and (0, 2) with weights 0.25, 0.75, class 0 right: expected accuracy 0.25,
    # mean probability 0.25 e / (e + 1) + 0.75 / (1 + e^2)
    output = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    task = MixtureClassification(ACCEPTED, weights=(1.0, 3.0))
    mean = 0.25 * math.e / (math.e + 1) + 0.75 / (1 + math.e**2)
    target = [frozenset({0})]
    assert task.score(output, target).item() == 0.25
    assert task.loss(output, target).item() == pytest.approx(-math.log(mean), rel=1e-6)
    goal = task.goal(output, target)
    assert goal.loss(output).item() == pytest.approx(-math.log(mean), rel=1e-6)
    assert goal.margin(output).item() == pytest.approx(0.25 + TIE * mean, rel=1e-6)
    assert goal.accuracy(output).item() == 0.25
    assert not goal.broken(output).item()
    assert goal.broken(torch.tensor([[[0.0, 1.0], [0.0, 2.0]]])).item()
    assert task.decode(output)["answer"].tolist() == [1]
    assert task.decode(output)["confidence"].item() == pytest.approx(1 - mean, rel=1e-6)


def test_the_expectation_is_the_mean_of_many_draws():
    members, x = drawn(1)
    weights = (0.5, 0.3, 0.2)
    output = Mixture(members, weights)(x)
    task = MixtureClassification(ACCEPTED, weights=weights)
    expected = task.score(output, [frozenset({0})] * len(x))
    which = torch.multinomial(
        torch.tensor(weights), 4000, replacement=True, generator=torch.Generator().manual_seed(0)
    )
    once = Classification(ACCEPTED)
    right = torch.stack([once.score(output[:, m], [frozenset({0})] * len(x)) for m in range(3)])
    assert torch.allclose(right[which].mean(dim=0), expected, atol=0.035)


@pytest.mark.parametrize("threat", [Linf(epsilon=0.05), L2(epsilon=0.2)])
def test_contract_on_a_single_classifier(threat):
    check_attack(ARC(steps=3), threat=threat)


def test_what_it_finds_does_not_depend_on_the_batch():
    members, x = drawn(2)
    whole = run(ARC(steps=5), members, (), x, Linf(epsilon=0.1))
    for size in (1, 3):
        assert torch.equal(run(ARC(steps=5), members, (), x, Linf(epsilon=0.1), batch_size=8), whole)
        mixture = Mixture(members)
        task = MixtureClassification(ACCEPTED, weights=mixture.weights)
        batch = Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x)).select(
            range(size)
        )
        oracle = Oracle(mixture, task, batch_size=8)
        found = attacked(ARC(steps=5), oracle, batch, Linf(epsilon=0.1), Dice(0, "arc", 1, batch.ids))
        assert torch.equal(oracle.score(found, batch.y), whole[:size])


def test_passes_are_counted():
    # a visit of a member: a forward with 1 backward pass (two classes, one boundary), and a forward pass
    members, x, epsilon = opposed()
    mixture = Mixture(members)
    oracle = Oracle(mixture, MixtureClassification(ACCEPTED, weights=mixture.weights), batch_size=8)
    batch = Batch(tuple("abcdef"), x, (frozenset({0}),) * 6)
    facts = ARC(steps=7)(oracle, batch, Linf(epsilon=epsilon), Dice(0, "arc", 1, batch.ids)).facts
    assert facts["forwards"] == [1 + 7 * 2 * 2] * 6
    assert facts["backwards"] == [7 * 2] * 6


def test_errors():
    a, x = two_class(torch.ones(16)), torch.zeros(1, 1, 4, 4)
    with pytest.raises(ModelError, match=r"0 members and the weights none make no mixture\. Give one weight"):
        Mixture([])
    with pytest.raises(ModelError, match="2 members and the weights 1, 0 make no mixture"):
        Mixture([a, a], (1, 0))
    other = linear(torch.ones(3, 1, 4, 4))
    with pytest.raises(ModelError, match="its members differ in labels or input range"):
        Mixture([a, other])
    with pytest.raises(UsageError, match="a mixture needs weights above 0"):
        MixtureClassification(ACCEPTED, weights=(1.0, -1.0))
    task = MixtureClassification(ACCEPTED, weights=(0.5, 0.5))
    with pytest.raises(ModelError, match=r"outputs of shape \(1, 2\) are not those of 2 members"):
        task.score(a(x), [frozenset({0})])
    with pytest.raises(ExtensionError, match="attack 'arc': it knows the threats linf and l2, not 'l1'"):
        run(ARC(), [a, a], (), x, L1())
    assert isinstance(Mixture([a, a]).card, ModelCard)
