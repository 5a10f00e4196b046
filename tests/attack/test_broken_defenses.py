"""Defenses that only hide gradients fall, to about the accuracy without them, once the gradient is put
back."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from durometer.attack import ATTACKS
from durometer.attack.eot import EOT
from durometer.attack.pgd import PGD
from durometer.attack.shell import judged
from durometer.core import Dice, ModelError, Oracle
from durometer.models.bpda import Bpda
from durometer.testing import check_attack, check_model
from durometer.testing.toys import two_layer
from durometer.threat import L2, Linf

sys.path.insert(0, str(Path(__file__).parent))
from defenses import (
    TASK,
    Net,
    behind,
    compressed,
    moved,
    network,
    noisy,
    points,
    rounded,
    soft_thermometer,
    thermometer,
)

N = 50
BATCH = points(N)


def under(attack, model, epsilon=0.1):
    torch.manual_seed(0)
    oracle = Oracle(model, TASK, batch_size=N)
    outcome = judged(
        attack, oracle, BATCH, Linf(epsilon=epsilon), Dice(0, attack.name, attack.version, BATCH.ids)
    )
    asked = torch.stack([oracle.score(outcome.x, BATCH.y) for _ in range(20)])
    return asked.mean().item(), outcome


PGD20 = PGD(steps=20, step=0.125)


@pytest.fixture(scope="module")
def undefended():
    return under(PGD20, Net(network("plain")))[0]


@pytest.mark.parametrize(
    ("step", "smooth"),
    [(rounded, None), (compressed, None), (thermometer, soft_thermometer), (thermometer, None)],
)
def test_steps_without_a_gradient_fall_to_bpda(step, smooth, undefended):
    believed, _ = under(PGD20, Net(behind(step)))
    net = Net(network("plain"))
    found, _ = under(PGD20, Bpda(net, step) if smooth is None else Bpda(net, step, smooth))
    assert believed > 0.85
    assert found < undefended + 0.1


@pytest.mark.parametrize(("step", "left"), [(noisy, 0.1), (moved, 0.25)])
@pytest.mark.parametrize("search", ["pgd", "apgd"])
def test_random_defenses_fall_to_the_expectation(step, left, search, undefended):
    # a mean over places blurs the gradient, and so the picture that is moved keeps some accuracy
    model = Net(behind(step))
    alone, _ = under(PGD20, model)
    found, outcome = under(EOT(search=search, questions=10, steps=20), model)
    assert found < alone - 0.15
    assert found < undefended + left
    share = outcome.facts["share_right"]
    assert sum(share) / N == pytest.approx(found, abs=0.06)
    ends = zip(outcome.facts["share_low"], share, outcome.facts["share_high"], strict=True)
    assert all(low <= value <= high for low, value, high in ends)
    assert set(outcome.facts["draws"]) == {50}


def test_oracle_of_a_model_that_is_right_in_a_known_share_of_draws():
    class Coin(torch.nn.Module):
        """Right with probability 0.7, whatever it sees; a point is not broken by one unlucky draw."""

        def forward(self, x):
            right = torch.rand(len(x)) < 0.7
            z = torch.where(right[:, None], torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
            return torch.cat([z, torch.full((len(x), 8), -9.0)], dim=1) + 0 * x.flatten(1).sum(
                1, keepdim=True
            )

    batch = BATCH.but(y=(frozenset({0}),) * N)
    torch.manual_seed(0)
    oracle = Oracle(Net(Coin()), TASK, batch_size=N)
    attack = EOT(questions=8, steps=3, judged=100)
    facts = judged(attack, oracle, batch, Linf(), Dice(0, "eot", 1, batch.ids)).facts
    assert sum(facts["share_right"]) / N == pytest.approx(0.7, abs=4 * (0.21 / 100 / N) ** 0.5)
    covered = [low <= 0.7 <= high for low, high in zip(facts["share_low"], facts["share_high"], strict=True)]
    assert sum(covered) >= 0.85 * N
    # 1 + (3 moves + 1) questions of 8 draws each, none dropped: one draw before them asks what is there
    assert set(facts["forwards"]) == {1 + 8 * (1 + 4)}
    assert set(facts["backwards"]) == {8 * 3}


def test_on_a_model_without_randomness_the_expectation_is_pgd():
    model = Net(network("plain"))
    attack = EOT(questions=2, steps=10, judged=2)
    a = under(attack, model)[1]
    b = under(PGD(steps=10, step=0.125), model)[1]
    broken = [[TASK.score(model(o.x), BATCH.y)] for o in (a, b)]
    # other dice, so other starts: nearly all verdicts agree
    assert (broken[0][0] == broken[1][0]).float().mean() > 0.9


@pytest.mark.parametrize("threat", [Linf(), L2(epsilon=0.2)])
def test_contract(threat):
    check_attack(ATTACKS.make("eot", {"questions": 2, "steps": 3, "judged": 2}), threat=threat)


def test_bpda_answers_exactly_and_differentiates_what_it_was_given():
    toy = two_layer()
    x = torch.tensor([0.52, 0.27]).reshape(1, 1, 1, 2)
    quarter = Bpda(toy, lambda v: torch.round(v * 4) / 4, lambda v: 3 * v)
    assert torch.equal(quarter(x), toy(torch.tensor([0.5, 0.25]).reshape(1, 1, 1, 2)))
    leaf = x.clone().requires_grad_(True)
    out = quarter(leaf)
    assert torch.equal(out.detach(), quarter(x))
    # by hand at (0.5, 0.25): d(logit 1 - logit 0) = (-1, 3), times the slope 3 of the backward step
    (gradient,) = torch.autograd.grad(out[0, 1] - out[0, 0], leaf)
    assert gradient.flatten().tolist() == [-3.0, 9.0]


def test_bpda_is_another_model_than_what_is_behind():
    net = Net(network("plain"))
    digests = {Bpda(net, f).card.digest for f in (rounded, compressed)} | {net.card.digest}
    assert len(digests) == 3
    assert Bpda(net, rounded).card.digest == Bpda(net, rounded).card.digest


def test_errors_of_bpda():
    net = Net(network("plain"))
    with pytest.raises(ModelError, match=r"backward step gives \(1, 1, 16, 32\) where"):
        Bpda(net, rounded, lambda x: x[:, :, ::2])(torch.zeros(1, 1, 32, 32, requires_grad=True))
    net.card = replace(net.card, traits=frozenset({"logits"}))
    with pytest.raises(ModelError, match="gives no gradients, so there are none to put in the place"):
        Bpda(net, rounded)


def test_contract_of_the_model():
    check_model(Bpda(Net(network("plain")), rounded), canvas=points(5).x)
