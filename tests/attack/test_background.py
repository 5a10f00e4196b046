"""Attacks on the background alone, where what they must find is known."""

import pytest
import torch

from durometer.attack import attacked
from durometer.attack.background_texture import BackgroundTexture
from durometer.attack.complexity_adversarial import ComplexityAdversarial
from durometer.attack.pgd import PGD
from durometer.core import Batch, Dice, ExtensionError, ModelError, Oracle
from durometer.ops.texture import texture
from durometer.tasks import Classification
from durometer.testing import check_attack
from durometer.testing.attacks import toy_masked
from durometer.testing.scenes import toy_batch
from durometer.testing.toys import constant, linear
from durometer.threat import Background

TWO = Classification((frozenset({0}), frozenset({1})))
ANY = Background(epsilon=1.0)


def oracle(model, size=4):
    return Oracle(model, TWO, batch_size=size)


def dice(batch, attack, draw=0):
    return Dice(0, attack.name, attack.version, batch.ids, draw)


def toys(n=6, side=32):
    batch = toy_batch(n, side, side)
    return batch.but(y=(frozenset({0}),) * n, aux={"mask": batch.aux["mask"]})


def search(attack, model, batch, threat=ANY):
    return attacked(attack, oracle(model), batch, threat, dice(batch, attack))


def object_kept(batch, found):
    inside = (batch.aux["mask"] > 0.02).expand_as(found)
    return torch.equal(found[inside], batch.x[inside])


@pytest.mark.parametrize("attack", [PGD(), PGD(steps=3, random_start=False)])
@pytest.mark.parametrize("threat", [Background(), Background(epsilon=0.3)])
def test_contract_of_pgd_on_the_background(attack, threat):
    check_attack(attack, threat=threat)


def test_contract_of_textures_in_another_threat():
    check_attack(BackgroundTexture(queries=5), threat=Background(epsilon=0.1))


@pytest.mark.parametrize("values", [{"factor": 0.5}, {"factor": 1.5, "steps": 2, "step": 0.5}, {"steps": 0}])
def test_contract_of_complexity(values):
    check_attack(ComplexityAdversarial(**values))


@pytest.mark.parametrize("epsilon", [0.003, 0.01])
def test_oracle_pgd_breaks_exactly_what_a_linear_model_allows(epsilon):
    # x is far enough from 0 and 1 that the ball is not cut: the margin falls by epsilon · Σ|w| over the
    # background's pixels, the object's can't move
    batch = toys(12, 16)
    batch = batch.but(x=0.3 + 0.4 * batch.x)
    generator = torch.Generator().manual_seed(3)
    weight = torch.randn(2, 3, 16, 16, generator=generator)
    weight -= weight.mean(dim=(1, 2, 3), keepdim=True)
    w = weight[0] - weight[1]
    margin = (batch.x * w).flatten(1).sum(dim=1)
    room = (w.abs() * (batch.aux["mask"] <= 0.02)).flatten(1).sum(dim=1)
    breakable = (margin <= 0) | (margin - epsilon * room < -1e-4)
    assert (margin <= 0).sum() < breakable.sum() < 12
    found = search(PGD(steps=30), linear(weight), batch, Background(epsilon=epsilon))
    assert (oracle(linear(weight)).score(found, batch.y) == 0).tolist() == breakable.tolist()
    assert object_kept(batch, found)


class TestTexture:
    def bright(self, bias=0.0):
        """Class 0 while the mean level is above a bound; the loss rises as the background darkens."""
        weight = torch.ones(2, 3, 32, 32) / (3 * 32 * 32)
        weight[1] *= -1
        return linear(weight, torch.tensor([bias, -bias]))

    def test_oracle_no_texture_asked_about_is_darker_than_what_it_finds(self):
        batch, attack = toys(), BackgroundTexture(queries=12)
        found = search(attack, self.bright(bias=2.0), batch)  # nothing breaks it: every query is spent
        threat, levels = ANY.around(batch), []
        for query in range(0, 12, 2):  # every other one stands as drawn
            own = dice(batch, attack).named(f"background-texture query {query}", 1)
            levels.append(threat.project(batch.x, texture(own, 3, 32, 32)[0]).flatten(1).mean(dim=1))
        darkest = torch.stack([batch.x.flatten(1).mean(dim=1), *levels]).amin(dim=0)
        assert (found.flatten(1).mean(dim=1) <= darkest + 1e-6).all()
        assert object_kept(batch, found)

    @pytest.mark.parametrize("queries", [0, 1, 7])
    def test_the_budget_is_kept_to_the_question(self, queries):
        counted, batch, attack = oracle(constant(0)), toys(3), BackgroundTexture(queries=queries)
        attacked(attack, counted, batch, ANY, dice(batch, attack))
        assert counted.forwards == 3 * (1 + queries + 2)  # the input once, each query, and the shell twice
        assert counted.backwards == 0

    def test_a_larger_budget_never_finds_less(self):
        batch, model, losses = toys(), self.bright(bias=2.0), []
        for queries in (0, 1, 2, 5, 9, 20):
            found = search(BackgroundTexture(queries=queries), model, batch)
            losses.append(TWO.loss(model(found), batch.y))
        assert (torch.stack(losses).diff(dim=0) >= 0).all()
        assert (losses[-1] > losses[0]).all()

    def test_it_stops_at_the_first_wrong_answer(self):
        # wrong below a mean level of 0.45: some texture is that dark
        counted, batch, attack = oracle(self.bright(bias=-0.45)), toys(), BackgroundTexture(queries=50)
        found = attacked(attack, counted, batch, ANY, dice(batch, attack))
        assert (counted.score(found, batch.y) == 0).all()
        assert counted.forwards < 6 * 25

    def test_a_model_without_gradients_will_do(self):
        assert not BackgroundTexture.needs


class TestComplexity:
    def noisy(self):
        """Every pixel counts a little, and no background is enough to break it."""
        weight = 1e-3 * torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
        return linear(torch.cat((weight, -weight)), torch.tensor([2.0, -2.0]))

    @pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
    def test_oracle_the_factor_is_met_by_scipy_and_the_object_kept(self, factor, by_scipy):
        batch, attack = toys(4, 64), ComplexityAdversarial(factor=factor, steps=4)
        found = search(attack, self.noisy(), batch)
        assert (oracle(self.noisy()).score(found, batch.y) == 1).all()
        told = attack.facts(batch, found)
        for i in range(4):
            before, after = (by_scipy(x[i], batch.aux["mask"][i]) for x in (batch.x, found))
            assert after == pytest.approx(factor * before, rel=0.02)
            assert told["complexity_factor"][i] == pytest.approx(after / before, rel=1e-3)
        assert object_kept(batch, found)

    def test_the_gradient_raises_the_loss_beyond_what_complexity_alone_does(self):
        batch = toys(4, 64)
        model = self.noisy()
        losses = [
            TWO.loss(model(search(ComplexityAdversarial(steps=steps), model, batch)), batch.y)
            for steps in (0, 2, 10)
        ]
        assert (losses[1] > losses[0]).all()
        assert (losses[2] > losses[1]).all()

    def test_backgrounds_that_can_not_be_moved_have_their_reason(self):
        batch = toys(3, 32)
        plain = batch.x.clone()
        plain[0] = 0.5
        mask = batch.aux["mask"].clone()
        mask[1, :, 4:] = 1
        reasons = ComplexityAdversarial(factor=2.0).refuses(batch.but(x=plain, aux={"mask": mask}))
        assert set(reasons) == {0, 1}
        assert reasons[0].startswith("the background is one plain color")
        assert reasons[1].startswith("the object leaves too little background")
        far = ComplexityAdversarial(factor=100.0).refuses(batch)
        assert far[2].startswith("the background's complexity can't be moved from 0.0")

    def test_errors(self):
        batch, attack = toys(), ComplexityAdversarial()
        with pytest.raises(ExtensionError, match="threat 'background': the batch has no masks"):
            search(attack, constant(0), batch.but(aux={}))
        with pytest.raises(
            ExtensionError, match=r"attack 'complexity-adversarial': the batch has no masks\. Give aux"
        ):
            attack(oracle(constant(0)), batch.but(aux={}), ANY, dice(batch, attack))
        blind = constant(0)
        object.__setattr__(blind.card, "traits", frozenset({"logits"}))
        with pytest.raises(ModelError, match="it needs grad, which this model does not give"):
            search(attack, blind, batch)


def test_toys_with_masks_can_be_attacked():
    batch = toy_masked()
    assert isinstance(batch, Batch)
    assert not ComplexityAdversarial().refuses(batch)
