"""Adversarial sparsity, where the smallest number of free values and the smallest angle are known exactly."""

import math
import sys
from pathlib import Path

import pytest
import torch

from durometer.attack.sparsity import Angle, Pixels, sparsity
from durometer.core import Batch, Dice, Oracle, UsageError
from durometer.tasks import Classification
from durometer.testing.toys import linear
from durometer.threat import L1, L2, Linf

sys.path.insert(0, str(Path(__file__).parent))
TWO = Classification((frozenset({0}), frozenset({1})))
SIDE = 6


def toy(n=10, seed=0):
    """A linear model, points well inside [0, 1] that it answers right, and its slope and margins."""
    generator = torch.Generator().manual_seed(seed)
    w = torch.randn(1, SIDE, SIDE, generator=generator)
    x = 0.4 + 0.2 * torch.rand(n, 1, SIDE, SIDE, generator=generator)
    middle = (x * w).flatten(1).sum(1)
    model = linear(torch.stack([w / 2, -w / 2]), torch.tensor([1.0, -1.0]) * (1.2 - middle.mean()) / 2)
    out = model(x)
    batch = Batch(tuple(f"s{i}" for i in range(n)), x, (frozenset({0}),) * n)
    return Oracle(model, TWO, batch_size=8), batch, w, out[:, 0] - out[:, 1]


def dice(batch):
    return Dice(3, "sparsity", 1, batch.ids)


def of_direction(batch, j):
    return dice(batch).named(f"sparsity direction {j}", 1)


@pytest.mark.parametrize("epsilon", [0.08, 0.15])
def test_oracle_smallest_number_of_free_values(epsilon):
    oracle, batch, w, margin = toy()
    threat = Linf(epsilon=epsilon)
    found = sparsity(oracle, batch, threat, dice(batch), directions=6)
    dual = epsilon * w.abs().sum()
    assert found.wrong.tolist() == (margin <= 0).tolist()
    assert found.breakable.tolist() == ((margin > 0) & (margin < dual)).tolist()
    assert found.breakable.sum() >= 5
    d = SIDE * SIDE
    for j in range(6):
        drawn = Pixels.draw(threat, batch.x, of_direction(batch, j)).state
        # stuck values change the margin by w * corner, free ones by at best -epsilon |w|
        stuck = (w * drawn["corner"]).flatten(1)
        gain = (-epsilon * w.abs() - w * drawn["corner"]).flatten(1)
        order = drawn["rank"].flatten(1).argsort(dim=1)
        after = (margin + stuck.sum(1))[:, None] + torch.cat(
            [torch.zeros(len(margin), 1), gain.gather(1, order).cumsum(dim=1)], dim=1
        )
        smallest = (after < 0).float().argmax(dim=1)
        for i in range(len(margin)):
            want = 0 if found.wrong[i] else int(smallest[i]) if found.breakable[i] else d
            assert found.each[i, j].item() == want
    assert torch.equal(found.value, found.each.mean(dim=1))


def test_oracle_smallest_angle():
    oracle, batch, w, margin = toy()
    length = w.norm()
    threat = L2(epsilon=0.4)
    found = sparsity(oracle, batch, threat, dice(batch), directions=5, halvings=12, steps=40)
    assert found.breakable.sum() >= 5
    for j in range(5):
        axis = Angle.draw(threat, batch.x, of_direction(batch, j)).state["axis"]
        assert axis.flatten(1).norm(dim=1).tolist() == pytest.approx([1.0] * len(margin), rel=1e-5)
        apart = torch.acos(-(axis * w).flatten(1).sum(1) / length)
        # within the angle phi the margin falls to margin - epsilon |w| cos(apart - phi)
        smallest = (apart - torch.acos((margin / (0.4 * length)).clamp(-1, 1))).clamp_min(0)
        for i in range(len(margin)):
            if found.breakable[i]:
                assert found.each[i, j].item() == pytest.approx(smallest[i].item(), abs=0.02)


def test_more_of_a_larger_ball_breaks_a_point():
    oracle, batch, _, _ = toy()
    means = [
        sparsity(oracle, batch, Linf(epsilon=e), dice(batch), directions=6).mean_of_right().value
        for e in (0.05, 0.1, 0.2)
    ]
    assert means[0] > means[1] > means[2]


def test_directions_are_the_same_whatever_their_number_and_neighbors():
    oracle, batch, _, _ = toy()
    whole = sparsity(oracle, batch, Linf(epsilon=0.12), dice(batch), directions=3)
    part = batch.select([4, 1])
    alone = sparsity(oracle, part, Linf(epsilon=0.12), dice(part), directions=2)
    assert torch.equal(alone.each, whole.each[[4, 1], :2])


def test_the_bill_and_its_bound():
    oracle, batch, _, _ = toy()
    before = oracle.forwards
    found = sparsity(oracle, batch, Linf(epsilon=0.12), dice(batch), directions=2, halvings=5, steps=7)
    assert found.forwards.sum() == oracle.forwards - before
    extra = 1 + 2 * 41
    assert found.forwards.max() <= extra + 2 * (1 + 5 * 8)
    assert found.backwards.max() <= 2 * 40 + 2 * 5 * 7


def test_estimates_hold_their_values_and_nothing_breakable_is_said():
    oracle, batch, _, _ = toy()
    found = sparsity(oracle, batch, Linf(epsilon=0.12), dice(batch), directions=4)
    e = found.mean()
    assert e.value == pytest.approx(found.value[found.breakable].mean().item(), rel=1e-6)
    assert 0 <= e.low < e.value < e.high <= found.most
    assert e.n == found.breakable.sum()
    none = sparsity(oracle, batch, Linf(epsilon=0.001), dice(batch), directions=2)
    assert none.mean().n == int(none.breakable.sum())
    assert none.mean_of_right().high == found.most


def test_projections():
    x = torch.full((1, 1, 2, 2), 0.5)
    tried = Pixels(Linf(epsilon=0.1), {
        "corner": torch.tensor([[[[0.1, -0.1], [0.1, -0.1]]]]), "rank": torch.tensor([[[[0, 1], [2, 3]]]]),
    })  # fmt: skip
    other = torch.tensor([[[[0.0, 0.9], [0.9, 0.9]]]])
    # two are free: cut at the ball; the others stay at their corner
    assert tried.project(x, other, torch.tensor([2.0])).flatten().tolist() == pytest.approx(
        [0.4, 0.6, 0.6, 0.4]
    )
    angle = Angle(L2(epsilon=0.2), {"axis": torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])})
    turned = angle.project(x, x + torch.tensor([[[[0.0, 1.0], [0.0, 0.0]]]]), torch.tensor([math.pi / 6]))
    # at right angles, turned back to 30 degrees: 0.2 (cos 30, sin 30)
    assert (turned - x).flatten().tolist() == pytest.approx([0.2 * 3**0.5 / 2, 0.1, 0, 0], abs=1e-6)
    inside = angle.project(x, x + torch.tensor([[[[1.0, 0.1], [0.0, 0.0]]]]), torch.tensor([math.pi / 6]))
    assert (inside - x).norm().item() == pytest.approx(0.2, rel=1e-5)


def test_errors():
    oracle, batch, _, _ = toy()
    with pytest.raises(UsageError, match="sparsity is measured in linf and l2, not 'l1'"):
        sparsity(oracle, batch, L1(), dice(batch))


def test_a_hardened_network_is_sparser_than_a_plain_one_at_the_same_radius():
    from defenses import TASK, Net, network, points

    batch = points(24)
    found = {}
    for which in ("plain", "robust"):
        oracle = Oracle(Net(network(which)), TASK, batch_size=24)
        found[which] = sparsity(oracle, batch, Linf(epsilon=0.15), dice(batch), directions=2, halvings=6)
    assert found["plain"].breakable.sum() > found["robust"].breakable.sum()
    assert found["plain"].mean_of_right().high < found["robust"].mean_of_right().low
