"""Products of threats: what attacks reach is known on linear models, and sets are what their parts are."""

import pytest
import torch

from durometer.attack.apgd import APGD
from durometer.attack.pgd import PGD
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, DurometerError, Oracle
from durometer.tasks import Classification
from durometer.testing import check_attack, check_threat
from durometer.testing.toys import linear
from durometer.threat import THREATS, Linf

TWO = Classification((frozenset({0}), frozenset({1})))
TURN = {"name": "rotation-translation", "degrees": 20, "pixels": 1}
SHIFT = {"name": "color", "gain": 0.0, "offset": 0.05}


def product(first, second):
    return THREATS.make("product", {"first": first, "second": second})


def pictures(n=5, shape=(2, 6, 6)):
    return 0.3 + 0.4 * torch.rand(n, *shape, generator=torch.Generator().manual_seed(3))


def dice(n, draw=0):
    return Dice(0, "product", 1, tuple(f"s{i}" for i in range(n)), draw)


def test_contract_of_two_movements():
    check_threat(product(TURN, SHIFT))  # both are cubes, and so is their product


@pytest.mark.parametrize("second", [{"name": "linf", "epsilon": 0.1}, SHIFT])
def test_contract_of_an_attack(second):
    check_attack(PGD(steps=3), threat=product(TURN, second))


def test_oracle_what_moves_first_is_what_the_ball_is_around():
    threat = product(TURN, {"name": "linf", "epsilon": 0.1})
    x = pictures()
    drawn = threat.sample(x, dice(5))
    one, two = threat.parts(x, drawn)
    turned = threat.before.apply(x, one)
    assert Linf(epsilon=0.1).contains(turned, threat.apply(x, drawn)).all()
    assert threat.contains(x, drawn).all()
    far = threat.project(x, 5 * drawn)
    assert threat.contains(x, far).all()
    assert torch.equal(far[:, :3], (5 * one).clamp(-1, 1))
    still = torch.zeros_like(drawn)
    assert torch.equal(threat.apply(x, still), x)
    assert two.shape == (5, 72)


def test_the_same_alone_and_among_others():
    threat = product(TURN, {"name": "linf", "epsilon": 0.1})
    x = pictures()
    drawn = threat.sample(x, dice(5))
    alone = threat.sample(x[3:4], dice(5).select([3]))
    assert torch.equal(alone, drawn[3:4])
    assert torch.equal(threat.apply(x[3:4], alone), threat.apply(x, drawn)[3:4])


@pytest.mark.parametrize("attack", [PGD(steps=40), APGD(steps=40)])
def test_oracle_the_margin_falls_by_both(attack):
    # an offset o lowers <w, x> by o · Σ |sum of w over a channel|, Linf epsilon by epsilon · |w|_1
    threat = product(SHIFT, {"name": "linf", "epsilon": 0.02})
    w = torch.randn(2, 6, 6, generator=torch.Generator().manual_seed(4))
    model, x = linear(torch.stack((w, -w)) / 2, torch.tensor([20.0, 0.0])), pictures()
    batch = Batch(tuple(f"s{i}" for i in range(5)), x, (frozenset({0}),) * 5)
    found = judged(attack, Oracle(model, TWO, batch_size=4), batch, threat, Dice(0, "a", 1, batch.ids))
    fall = ((x - found.x) * w).flatten(1).sum(dim=1)
    best = 0.05 * w.sum(dim=(1, 2)).abs().sum() + 0.02 * w.abs().sum()
    assert fall.tolist() == pytest.approx([best.item()] * 5, rel=2e-3)
    assert set(found.facts) >= {"gain 0", "offset 1", "change"}


def test_says_both():
    words = product(TURN, {"name": "linf", "epsilon": "8/255"}).describe()
    assert words == "turned by up to 20°, shifted by up to 1 pixel, then Linf within 8/255"


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"name": "linf"}, SHIFT, "the first threat can't be 'linf': it needs coordinates of its own"),
        (TURN, {"name": "l2"}, "the second threat can't be 'l2'"),
        (TURN, {"name": "product"}, "the second threat can't be 'product'"),
        ({"name": "turn"}, SHIFT, "threat 'product', first: there is no threat named 'turn'"),
        ({"name": "color", "gian": 1}, SHIFT, r"threat 'product', first: unknown parameter 'gian'"),
    ],
)
def test_errors(first, second, message):
    with pytest.raises(DurometerError, match=message):
        product(first, second)
