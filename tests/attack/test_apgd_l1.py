"""Auto-PGD in L1, and on models with random answers, where the best it can do is known."""

import pytest
import torch

from durometer.attack import attacked
from durometer.attack.apgd import APGD
from durometer.attack.engine import Prober
from durometer.attack.expected import Repeated
from durometer.attack.shell import judged
from durometer.attack.sparse_climb import SparseClimb, _sparse
from durometer.core import Batch, Dice, ExtensionError, Oracle
from durometer.tasks import Classification
from durometer.testing import check_attack
from durometer.testing.toys import linear
from durometer.threat import L1, Linf

TWO = Classification((frozenset({0}), frozenset({1})))


def random_linear(seed):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(2, 1, 4, 4, generator=generator)
    weight -= weight.mean(dim=(1, 2, 3), keepdim=True)
    x = 0.3 + 0.4 * torch.rand(12, 1, 4, 4, generator=generator)
    batch = Batch(tuple(f"s{i}" for i in range(12)), x, (frozenset({0}),) * 12)
    return Oracle(linear(weight), TWO, batch_size=4), weight[0] - weight[1], batch


def dice(batch):
    return Dice(0, "apgd", 1, batch.ids)


@pytest.mark.parametrize("wider", [False, True])
def test_contract(wider):
    check_attack(APGD(steps=20, wider=wider), threat=L1(epsilon=0.6))


@pytest.mark.parametrize("wider", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_oracle_success_is_what_the_linear_model_allows(seed, wider):
    # within L1 epsilon the margin falls most along the largest slopes, each as far as the box lets it: fill
    # the values in the order of |w| until epsilon is spent
    oracle, w, batch = random_linear(seed)
    margin = (batch.x * w).flatten(1).sum(dim=1)
    for epsilon in (0.2, 0.8, 2.0):
        size, order = w.flatten().abs().sort(descending=True)
        way = torch.where(w.flatten() > 0, batch.x.flatten(1), 1 - batch.x.flatten(1))[:, order]
        before = (way.cumsum(dim=1) - way).clamp_max(epsilon)
        fallen = (torch.minimum(way, epsilon - before) * size).sum(dim=1)
        attack = APGD(wider=wider)
        found = attacked(attack, oracle, batch, L1(epsilon=epsilon), dice(batch))
        broken = oracle.score(found, batch.y) == 0
        sure = (margin <= 0) | (margin - 0.99 * fallen < 0)  # within 1 % of the most that can be done
        never = (margin > 0) & (margin - fallen > 1e-5)
        assert broken[sure].all()
        assert not broken[never].any()
        assert L1(epsilon=epsilon).contains(batch.x, found).all()


def test_oracle_radii_share_the_steps():
    # 100 steps: 30 at three times epsilon, 30 at twice, 40 at epsilon, and two moves between
    assert SparseClimb(steps=100, wider=True).radii == [(3.0, 30), (2.0, 30), (1.0, 40)]
    assert SparseClimb(steps=100, wider=True).turns == 102
    # .3 of 7 is 2.1, rounded up 3; what is left is 1
    assert SparseClimb(steps=7, wider=True).radii == [(3.0, 3), (2.0, 3), (1.0, 1)]
    walk = SparseClimb(steps=10, wider=True)  # 3 + 1 + 3 + 1 + 4 = 12 moves
    assert [walk._place(t) for t in (0, 3, 4, 7, 8, 11)] == [(0, 0), (0, 3), (1, 0), (1, 3), (2, 0), (2, 3)]


def test_oracle_steps_change_the_largest_slopes_by_the_same():
    slope = torch.tensor([[0.1, -3.0, 2.0, 0.0], [1.0, 1.0, -1.0, 0.5]])
    # half of 4 values: the two largest; in the second row three are equal to the second largest
    step = _sparse(slope, torch.tensor([0.5, 0.5]))
    third = 1 / 3
    assert torch.allclose(step, torch.tensor([[0.0, -0.5, 0.5, 0.0], [third, third, -third, 0.0]]))
    assert torch.equal(_sparse(torch.zeros(1, 4), torch.tensor([1.0])), torch.zeros(1, 4))


def test_wider_balls_first_cost_two_questions_more():
    oracle, w, batch = random_linear(0)
    batch = batch.but(x=0.5 + 0.3 * w.sign().expand(12, -1, -1, -1))  # none can be broken
    plain, wider = (
        judged(APGD(wider=wide), oracle, batch, L1(epsilon=0.01), dice(batch)).facts for wide in (False, True)
    )
    assert set(plain["forwards"]) == {1 + 101}
    assert set(wider["forwards"]) == {1 + 103}
    assert set(wider["backwards"]) == {102}


def test_errors_wider_balls_elsewhere():
    oracle, _, batch = random_linear(0)
    with pytest.raises(
        ExtensionError, match=r"wider balls first are for the threat l1, not 'linf'\. Set wider"
    ):
        attacked(APGD(wider=True), oracle, batch, Linf(), dice(batch))


class Flipping:
    """A linear model whose logits are shifted in favor of class 0 by 2, 0, 2, 0, … from call to call."""

    def __init__(self):
        self.model, self.calls = linear(torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1)), 0
        self.card = self.model.card

    def __call__(self, x):
        self.calls += 1
        return self.model(x) + torch.tensor([2.0 * (self.calls % 2), 0.0])


def test_oracle_several_questions_are_told_as_their_mean():
    # x = 0.5: logits 0.5 + 2 or 0, and -0.5; the mean margin of four is 1 + 1 = 2, d margin / dx = 2
    batch = Batch(("a",), torch.full((1, 1, 1, 1), 0.5), (frozenset({0}),))
    prober = Prober(Oracle(Flipping(), TWO, batch_size=1), batch)
    asked = Repeated(prober, 4)
    room = asked.room(Linf(), Dice(0, "a", 1, batch.ids))
    seen = asked.look(batch.x, room, lambda out, goal: goal.margin(out))
    assert seen.margin.item() == seen.loss.item() == pytest.approx(2.0)
    assert seen.gradient.item() == pytest.approx(2.0)
    assert asked.ask(batch.x, room).margin.item() == pytest.approx(2.0)
    assert (prober.forwards.item(), prober.backwards.item()) == (1 + 4 + 4, 4)


def test_draws_are_asked_at_every_step():
    oracle, w, batch = random_linear(0)
    batch = batch.but(x=0.5 + 0.3 * w.sign().expand(12, -1, -1, -1))
    facts = judged(APGD(steps=3, questions=5), oracle, batch, Linf(epsilon=0.01), dice(batch)).facts
    assert set(facts["forwards"]) == {1 + 4 * 5}
    assert set(facts["backwards"]) == {3 * 5}
