"""Attacks that see scores only, within a threat, and the sparse one: what they must find is known by hand."""

import pytest
import torch

from durometer.attack import ATTACKS
from durometer.attack.engine import Kept, Prober
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, ExtensionError, Oracle
from durometer.ops.adam import adam
from durometer.tasks import Classification
from durometer.testing import check_attack
from durometer.testing.toys import linear
from durometer.threat import L0, L2, Linf

TWO = Classification((frozenset({0}), frozenset({1})))
SHAPE = (1, 4, 4)


def batch_of(x, label=0):
    return Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset({label}),) * len(x))


def problem(n=6):
    """A linear model of two classes, its normal, and inputs inside [0, 1] at margins of 0.1 to 1.1."""
    generator = torch.Generator().manual_seed(2)
    w = torch.randn(SHAPE, generator=generator)
    x = 0.45 + 0.1 * torch.rand(n, *SHAPE, generator=generator)
    wanted = torch.linspace(0.1, 1.1, n)
    x = x + ((wanted - (x * w).flatten(1).sum(dim=1)) / w.square().sum())[:, None, None, None] * w
    return linear(torch.stack([w, torch.zeros_like(w)])), w, batch_of(x)


def run(name, model, batch, threat, **params):
    attack = ATTACKS.make(name, params)
    oracle = Oracle(model, TWO, batch_size=8)
    return judged(attack, oracle, batch, threat, Dice(0, name, attack.version, batch.ids))


def margins(model, x):
    return model(x)[:, 0] - model(x)[:, 1]


@pytest.mark.parametrize(("name", "params"), [("simba", {"step": 0.05}), ("nes", {})])
def test_oracle_success_is_exactly_what_the_linear_model_allows(name, params):
    # within epsilon the margin falls by at most epsilon |w|_1, and corners of the ball are reached: SimBA by
    # whole steps of epsilon, each value once; NES by its steps along signs
    model, w, batch = problem()
    threat = Linf(epsilon=0.05)
    found = run(name, model, batch, threat, queries=2000, **params)
    breakable = margins(model, batch.x) - threat.epsilon * w.abs().sum() < -1e-5
    assert 0 < breakable.sum() < len(batch)
    assert (margins(model, found.x) < 0).tolist() == breakable.tolist()
    left = margins(model, found.x)[~breakable]
    floor = (margins(model, batch.x) - threat.epsilon * w.abs().sum())[~breakable]
    assert (left - floor).abs().max() < 0.02 * (threat.epsilon * w.abs().sum())


def test_oracle_simba_tries_down_then_up():
    # w = (1, -1, 1, -1) / 4 of a 2 x 2 picture: each first try goes down, which is right where w is positive;
    # so a turn costs one question there and two where w is negative: four values are 1 + 1 + 2 + 2 = 6
    w = torch.tensor([[[0.25, -0.25], [0.25, -0.25]]])
    model = linear(torch.stack([w, torch.zeros_like(w)]), torch.tensor([1.0, 0.0]))
    batch = batch_of(torch.full((3, 1, 2, 2), 0.5))
    found = run("simba", model, batch, Linf(epsilon=0.1), queries=6, step=0.1)
    assert found.facts["forwards"] == [7] * 3
    expected = torch.tensor([[[0.4, 0.6], [0.4, 0.6]]])
    assert torch.allclose(found.x, expected.expand(3, -1, -1, -1))


def test_oracle_a_cosine_lowers_the_margin_of_its_own_frequency():
    # the margin is 1 + the mean of the picture times 4: only the cosine of frequency (0, 0), of value 1/4 at
    # each of 16 pixels, changes it, by 4 · 0.25 · step = 0.2 · step · 5; the others leave it where it is
    model = linear(torch.stack([torch.full(SHAPE, 0.25), torch.zeros(SHAPE)]), torch.tensor([1.0, 0.0]))
    batch = batch_of(torch.full((2, *SHAPE), 0.5))
    found = run("simba", model, batch, L2(epsilon=10.0), queries=40, step=0.2, basis="cosines")
    change = found.x - batch.x
    assert change.flatten(1).mean(dim=1).tolist() == pytest.approx([-0.05] * 2, rel=1e-4)
    assert (margins(model, batch.x) - margins(model, found.x)).tolist() == pytest.approx([0.2] * 2, rel=1e-4)


@pytest.mark.parametrize("name", ["simba", "nes"])
@pytest.mark.parametrize("queries", [1, 2, 53, 200])
def test_budgets_are_spent_to_the_last_question_and_no_further(name, queries):
    model = linear(torch.stack([torch.ones(SHAPE), torch.zeros(SHAPE)]), torch.tensor([9.0, 0.0]))
    batch = batch_of(torch.full((3, *SHAPE), 0.5))
    found = run(name, model, batch, Linf(epsilon=0.01), queries=queries)
    assert found.facts["forwards"] == [queries + 1] * 3
    assert found.facts["backwards"] == [0] * 3


def test_oracle_the_estimate_of_nes_points_along_the_gradient():
    # linear logits, the margin's gradient is -w: in 16 dimensions with 400 pairs of directions the cosine is
    # near sqrt(400 / (400 + 15)) = 0.98
    model, w, batch = problem()
    prober = Prober(Oracle(model, TWO, batch_size=8), batch)
    room = prober.room(Linf(), Dice(0, "t", 1, batch.ids))
    attack = ATTACKS.make("nes", {"raised": "margin", "spread": 0.01})
    way = attack._estimate(prober, room, batch.x, 0, 400)
    cosine = -(way * w).flatten(1).sum(dim=1) / way.flatten(1).norm(dim=1) / w.norm()
    assert (cosine > 0.95).all()
    assert prober.forwards.tolist() == [801] * len(batch)


def test_ensembles_may_go_on_from_what_others_left():
    model, _, batch = problem()
    prober = Prober(Oracle(model, TWO, batch_size=8), batch)
    kept = Kept(prober)
    room = prober.room(Linf(epsilon=0.05), Dice(0, "t", 1, batch.ids))
    ATTACKS.make("nes", {"queries": 51}).extend(prober, room, kept)
    before = kept.broken.clone()
    ATTACKS.make("simba", {"queries": 50}).extend(prober, room, kept)
    assert before.any()
    assert kept.broken[before].all()
    assert all(n <= 52 for n, b in zip(prober.forwards.tolist(), before.tolist(), strict=True) if b)


@pytest.mark.parametrize(
    ("name", "params", "threat"),
    [
        ("simba", {"queries": 60}, Linf()), ("simba", {"queries": 60, "basis": "cosines"}, L2(epsilon=0.3)),
        ("nes", {"queries": 153}, L2(epsilon=0.3)), ("nes", {"queries": 153}, Linf()),
        ("sigma-zero", {"steps": 40}, L0(pixels=16)),
    ],
)  # fmt: skip
def test_contract(name, params, threat):
    check_attack(ATTACKS.make(name, params), threat=threat)


@pytest.mark.parametrize(
    ("name", "params", "threat", "says"),
    [
        ("nes", {}, L0(), "'l0' has no steepest direction"),
        ("sigma-zero", {}, L2(), "it knows the threat l0 only"),
    ],
)
def test_errors_other_threats_are_refused(name, params, threat, says):
    model, _, batch = problem()
    with pytest.raises(ExtensionError, match=says):
        run(name, model, batch, threat, **params)


def test_errors_cosines_of_plain_values():
    model = linear(torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.tensor([1.0, 0.0]))
    with pytest.raises(ExtensionError, match="cosines need rows and columns"):
        run("simba", model, batch_of(torch.full((1, 2), 0.5)), Linf(), basis="cosines")


@pytest.mark.parametrize(("margin", "fewest"), [(0.3, 1), (0.95, 1), (1.5, 2), (2.2, 3)])
def test_oracle_sigma_zero_finds_the_fewest_values(margin, fewest):
    # from 0.5 a value lowers the margin by at most half its weight: 1, 0.8, 0.6, 0.4 and twelve times 0.01
    w = torch.full((16,), 0.02)
    w[[3, 7, 9, 12]] = torch.tensor([2.0, -1.6, 1.2, -0.8])
    bias = torch.tensor([margin - 0.5 * w.sum(), 0.0])
    model = linear(torch.stack([w.reshape(SHAPE), torch.zeros(SHAPE)]), bias)
    found = run("sigma-zero", model, batch_of(torch.full((2, *SHAPE), 0.5)), L0(pixels=16))
    assert found.facts["distance"] == [fewest] * 2


def test_oracle_adam_by_hand():
    # slopes 3 then 1: means 0.3, 0.37 over 0.1, 0.19; squares 0.009, 0.009991 over 0.001, 0.001999
    slope = torch.tensor([[3.0]])
    step, first, second = adam(slope, torch.zeros(1, 1), torch.zeros(1, 1), 0)
    assert step.item() == pytest.approx(1.0)
    step, first, second = adam(torch.tensor([[1.0]]), first, second, 1)
    assert step.item() == pytest.approx((0.37 / 0.19) / (0.009991 / 0.001999) ** 0.5)
