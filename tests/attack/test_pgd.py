"""PGD and its shell, where the strongest attack is known exactly."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch

from durometer.attack import ATTACKS, attacked
from durometer.attack.pgd import PGD
from durometer.core import Attack, Batch, Dice, ExtensionError, ModelError, Oracle, Threat
from durometer.tasks import Classification
from durometer.testing import check_attack
from durometer.testing.toys import linear, not_finite, two_layer
from durometer.threat import L2, Linf

TWO = Classification((frozenset({0}), frozenset({1})))


def oracle(model, size=4):
    return Oracle(model, TWO, batch_size=size)


def dice(batch, attack):
    return Dice(0, attack.name, attack.version, batch.ids)


def batch_of(x, label=0):
    return Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset({label}),) * len(x))


def random_linear(seed):
    """A linear classifier on (1, 4, 4), its w = weight_0 - weight_1, and inputs well inside [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(2, 1, 4, 4, generator=generator)
    weight -= weight.mean(dim=(1, 2, 3), keepdim=True)  # so that about half of the answers are right
    x = 0.3 + 0.4 * torch.rand(12, 1, 4, 4, generator=generator)
    return linear(weight), weight[0] - weight[1], batch_of(x)


@pytest.mark.parametrize("attack", [PGD(), PGD(steps=3, step=0.5, random_start=False)])
@pytest.mark.parametrize("threat", [Linf(), L2(epsilon=0.2)])
def test_contract(attack, threat):
    check_attack(attack, threat=threat)


@pytest.mark.parametrize("name", ATTACKS.names())
def test_contract_of_all_that_are_listed(name):
    short = {"carlini-wagner": {"steps": 10}, "boundary": {"queries": 150}}  # slow, and tested elsewhere
    check_attack(ATTACKS.make(name, short.get(name, {})))


@pytest.mark.parametrize("seed", range(4))
def test_oracle_success_is_exactly_what_the_linear_model_allows(seed):
    model, w, batch = random_linear(seed)
    margin = (batch.x * w).flatten(1).sum(dim=1)
    dual = {"linf": w.abs().sum(), "l2": w.norm()}
    for threat in (Linf(epsilon=0.02), Linf(epsilon=0.1), L2(epsilon=0.1), L2(epsilon=0.25)):
        attack = PGD(steps=30)
        found = attacked(attack, oracle(model), batch, threat, dice(batch, attack))
        # within epsilon the margin falls by at most epsilon * |w| of the dual norm, and PGD finds that
        breakable = (margin <= 0) | (margin - threat.epsilon * dual[threat.name] < -1e-5)
        assert (oracle(model).score(found, batch.y) == 0).tolist() == breakable.tolist()
        assert threat.contains(batch.x, found).all()


@pytest.mark.parametrize(("threat", "dual"), [(Linf(epsilon=0.01), 1), (L2(epsilon=0.03), 2)])
def test_oracle_loss_rises_by_epsilon_times_the_dual_norm(threat, dual):
    # inputs so far on the right side that none can be broken: the kept point is the strongest one, where the
    # margin has fallen by exactly epsilon * |w|, and the loss is log(1 + e^-margin)
    model, w, batch = random_linear(7)
    batch = batch.but(x=0.5 + 0.3 * w.sign().expand(12, -1, -1, -1))
    margin = (batch.x * w).flatten(1).sum(dim=1)
    fallen = margin - threat.epsilon * w.flatten().norm(dual)
    assert (fallen > 0).all()
    attack = PGD(steps=40)
    found = attacked(attack, oracle(model), batch, threat, dice(batch, attack))
    loss = TWO.loss(model(found), batch.y)
    assert loss.tolist() == pytest.approx(torch.log1p(torch.exp(-fallen)).tolist(), rel=2e-3)


def test_oracle_one_step_by_hand():
    # at (0.5, 0.25) of class 1 (logits 0.25, 0.5) the loss rises along -(-1, 3), so signs (1, -1): with
    # epsilon 0.1 and a whole step the point is (0.6, 0.15), logits W2 relu(0.45, -0.25, 0.3) = (0.45, 0.3)
    x = torch.tensor([0.5, 0.25]).reshape(1, 1, 1, 2)
    attack = PGD(steps=1, step=1.0, random_start=False)
    found = attacked(
        attack, oracle(two_layer()), batch_of(x, 1), Linf(epsilon=0.1), dice(batch_of(x), attack)
    )
    assert found.flatten().tolist() == pytest.approx([0.6, 0.15])
    assert two_layer()(found)[0].tolist() == pytest.approx([0.45, 0.3])


def test_broken_samples_are_left_alone():
    x = torch.tensor([0.5, 0.25]).reshape(1, 1, 1, 2)
    counted = oracle(two_layer())
    attack = PGD(steps=50)
    wrong = batch_of(x, 0)  # the answer is 1 already
    found = attacked(attack, counted, wrong, Linf(), dice(wrong, attack))
    assert torch.equal(found, x)
    assert counted.backwards == 0
    assert counted.forwards == 3  # the attack asks once, the shell twice


def test_outputs_that_are_not_finite_stop_nothing():
    model = not_finite(above=0.2)
    batch = Batch(("a", "b"), torch.full((2, 3, 4, 4), 0.5), (frozenset({0}), frozenset({2})))
    task = Classification(tuple(frozenset({k}) for k in range(3)))
    attack = PGD(steps=2)
    found = attacked(attack, Oracle(model, task, batch_size=2), batch, Linf(), dice(batch, attack))
    assert torch.equal(found, batch.x)  # scores 0 from the start


@dataclass(frozen=True)
class Act(Attack):
    """Does what the test tells it."""

    name: ClassVar[str] = "act"
    act: object = None

    def __call__(self, oracle, batch, threat, dice, /):
        return self.act(batch)


def run(act, threat=None):
    model, _, batch = random_linear(1)
    batch = batch.but(x=batch.x.clone())
    return batch, attacked(Act(act), oracle(model), batch, threat or Linf(), dice(batch, Act()))


def test_the_shell_projects_whatever_an_attack_returns():
    batch, found = run(lambda b: b.x + 7)
    assert Linf().contains(batch.x, found).all()
    assert found.max() <= 1


def test_the_shell_never_lets_an_attack_help_the_model():
    # a step along +w makes wrong answers right; the untouched input is kept for those
    model, w, batch = random_linear(2)
    before = oracle(model).score(batch.x, batch.y)
    assert 0 < before.sum() < len(before)
    found = attacked(Act(lambda b: b.x + w), oracle(model), batch, Linf(epsilon=0.3), dice(batch, Act()))
    after = oracle(model).score(found, batch.y)
    assert (after <= before).all()
    assert torch.equal(found[before == 0], batch.x[before == 0])


def test_the_shell_clips_to_the_models_range():
    model, _, batch = random_linear(3)
    model.card = replace(model.card, low=0.0, high=0.65)
    batch = batch.but(x=batch.x.clamp_max(0.65))
    found = attacked(Act(lambda b: b.x + 1), oracle(model), batch, Linf(epsilon=0.2), dice(batch, Act()))
    assert found.max() <= 0.65


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda b: b.x[:2],
            r"attack 'act': returned \(2, 1, 4, 4\) torch.float32 on cpu for \(12, 1, 4, 4\)",
        ),
        (lambda b: b.x.double(), r"attack 'act': returned \(12, 1, 4, 4\) torch.float64"),
        (lambda b: b.x * torch.nan, "attack 'act': returned values that are not finite"),
        (lambda b: b.x.add_(0.1), "attack 'act': modified its input in place. Work on a copy"),
    ],
)
def test_errors_broken_attacks_are_named(act, message):
    with pytest.raises(ExtensionError, match=message):
        run(act)


class Leaky(Linf):
    name: ClassVar[str] = "leaky"

    def project(self, x, other):
        return other


def test_errors_broken_threats_are_named():
    with pytest.raises(ExtensionError, match="threat 'leaky': its projection leaves the set"):
        run(lambda b: b.x + 0.3, Leaky())


class Plain(Threat):
    """A threat without a steepest direction."""

    name: ClassVar[str] = "plain"


def test_errors_what_can_not_be_met():
    model, _, batch = random_linear(1)
    model.card = replace(model.card, traits=frozenset({"logits"}))
    with pytest.raises(ModelError, match="attack 'pgd': it needs grad, which this model does not give"):
        attacked(PGD(), oracle(model), batch, Linf(), dice(batch, PGD()))
    model, _, batch = random_linear(1)
    with pytest.raises(
        ExtensionError, match=r"the threat 'plain' has no steepest direction\. Use linf or l2"
    ):
        attacked(PGD(), oracle(model), batch, Plain(), dice(batch, PGD()))
