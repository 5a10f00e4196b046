"""Balls: projections against an independent solver, properties of sets, hand-worked points."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core import Dice
from durometer.core.params import parameters
from durometer.testing import check_threat
from durometer.threat import L2, THREATS, Linf
from durometer.threat.directed import ratio

UNIT = st.floats(0, 1, width=32)
ANY = st.floats(-2, 3, width=32)
POINTS = st.integers(1, 6).flatmap(
    lambda n: st.tuples(st.lists(UNIT, min_size=n, max_size=n), st.lists(ANY, min_size=n, max_size=n))
)
THREAT = st.builds(Linf, epsilon=st.floats(0, 0.5)) | st.builds(L2, epsilon=st.floats(0, 2))


def rows(*values):
    return torch.tensor(values, dtype=torch.float32)


@pytest.mark.parametrize(
    "threat", [Linf(), Linf(epsilon=0.5), L2(), L2(epsilon=3.0), Linf(low=-1.0, high=2.0)]
)
def test_contract(threat):
    check_threat(threat)


@pytest.mark.parametrize("name", sorted(set(THREATS.names()) - {"l0", "product"}))  # not convex
def test_contract_of_all_that_are_listed(name):
    ball = "epsilon" in {p.name for p in parameters(THREATS.get(name))}
    check_threat(THREATS.make(name, {"epsilon": "32/255"} if ball else {}))


def test_oracle_linf_by_hand():
    threat = Linf(epsilon=0.1)
    x, wish = rows([0.05, 0.5, 0.95]), rows([-1.0, 0.52, 2.0])
    # each value apart: 0.05 - 0.1 is cut at 0, 0.52 is inside, 0.95 + 0.1 is cut at 1
    assert threat.project(x, wish)[0].tolist() == pytest.approx([0, 0.52, 1])
    low, high = threat.box(x)
    assert low[0].tolist() == pytest.approx([0, 0.4, 0.85])
    assert high[0].tolist() == pytest.approx([0.15, 0.6, 1])
    assert threat.size(x, rows([0.0, 0.52, 0.9]))[0].item() == pytest.approx(0.05)


def test_oracle_l2_by_hand():
    threat = L2(epsilon=0.5)
    # a change of (0.6, 0.8) has length 1; half of it has length 0.5
    assert threat.project(rows([0.2, 0.1]), rows([0.8, 0.9]))[0].tolist() == pytest.approx([0.5, 0.5])
    # a change of (1.5, 2) from (0.9, 0.1): scaled alone it would leave the box at 1; with the first value at
    # its bound (0.1 used) the second may use sqrt(0.25 - 0.01) = 0.4898979
    found = threat.project(rows([0.9, 0.1]), rows([2.4, 2.1]))[0].tolist()
    assert found == pytest.approx([1.0, 0.1 + math.sqrt(0.24)])
    assert threat.size(rows([0.0, 0.0]), rows([0.3, 0.4])).item() == pytest.approx(0.5)


def nearest_by_scipy(x, wish, epsilon):
    """The nearest point of ball and box by a general solver that knows nothing of the problem's shape."""
    from scipy.optimize import minimize

    found = minimize(
        lambda z: ((z - wish) ** 2).sum(),
        x,
        jac=lambda z: 2 * (z - wish),
        bounds=[(0, 1)] * len(x),
        constraints={
            "type": "ineq",
            "fun": lambda z: epsilon**2 - ((z - x) ** 2).sum(),
            "jac": lambda z: -2 * (z - x),
        },
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return found.x


@pytest.mark.parametrize("seed", range(12))
def test_differential_l2_projection_equals_a_general_solver(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    x, wish, epsilon = rng.uniform(0, 1, n), rng.uniform(-1.5, 2.5, n), rng.uniform(0.2, 1.2)
    theirs = nearest_by_scipy(x, wish, epsilon)
    ours = L2(epsilon=epsilon).project(torch.from_numpy(x)[None], torch.from_numpy(wish)[None])[0].numpy()
    # distances may not differ; the points may by the root of the solver's tolerance
    assert np.linalg.norm(ours - wish) <= np.linalg.norm(theirs - wish) + 1e-6
    assert np.allclose(ours, theirs, atol=2e-4)


@given(POINTS, THREAT)
@settings(deadline=None, max_examples=150)
def test_properties_projection_is_inside_idempotent_and_leaves_members_alone(points, threat):
    x, wish = rows(points[0]), rows(points[1])
    near = threat.project(x, wish)
    assert threat.contains(x, near).all()
    assert torch.allclose(threat.project(x, near), near, atol=1e-6)
    assert torch.equal(threat.project(x, x), x)
    if threat.contains(x, wish).all():
        assert torch.allclose(near, wish, atol=3e-6)


@given(POINTS, THREAT, st.integers(0, 1000))
@settings(deadline=None, max_examples=100)
def test_properties_projection_is_nearest_by_its_variational_inequality(points, threat, seed):
    # z is the nearest point of a convex set to y if and only if <y - z, m - z> <= 0 for every member m
    x, wish = rows(points[0]).double(), rows(points[1]).double()
    near = threat.project(x, wish)
    member = threat.sample(x, Dice(seed, "test", 1, ("a",)))
    assert ((wish - near) * (member - near)).sum() <= 1e-6


@given(POINTS, THREAT, st.integers(0, 1000))
@settings(deadline=None, max_examples=100)
def test_properties_samples_are_inside_ball_and_box(points, threat, seed):
    x = rows(points[0])
    member = threat.sample(x, Dice(seed, "test", 1, ("a",)))
    low, high = threat.box(x)
    assert threat.contains(x, member).all()
    assert ((member >= low) & (member <= high)).all()
    assert ((low >= 0) & (high <= 1)).all()


def test_theorem_samples_fill_the_ball():
    ids = tuple(map(str, range(4000)))
    x = torch.full((4000, 2), 0.5)
    drawn = Linf(epsilon=0.2).sample(x, Dice(0, "t", 1, ids)) - 0.5
    # uniform on [-0.2, 0.2]: variance 0.4^2 / 12, five standard errors of the mean
    assert drawn.mean(dim=0).abs().max() < 5 * 0.4 / math.sqrt(12 * 4000)
    assert abs(drawn.var().item() - 0.16 / 12) < 0.0006
    length = (L2(epsilon=0.2).sample(x, Dice(0, "t", 1, ids)) - 0.5).norm(dim=1) / 0.2
    # in a disk the share within radius r is r^2
    for r in (0.3, 0.5, 0.8):
        assert abs((length <= r).double().mean().item() - r * r) < 5 * math.sqrt(r * r * (1 - r * r) / 4000)


@given(st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=6))
def test_properties_steepest_reaches_the_dual_norm(gradient):
    # max of <s, g> over |s|_inf <= 1 is |g|_1, over |s|_2 <= 1 it is |g|_2
    g = rows(gradient)
    assert (Linf().steepest(g) * g).sum().item() == pytest.approx(g.abs().sum().item(), rel=1e-5)
    assert (L2().steepest(g) * g).sum().item() == pytest.approx(g.norm().item(), rel=1e-4, abs=1e-20)


def test_membership_is_strict_but_for_rounding():
    x = torch.full((1, 3), 0.5)
    assert Linf(epsilon=0.1).contains(x, x + 0.1).all()
    assert not Linf(epsilon=0.1).contains(x, x + 0.10001).any()
    assert not Linf(epsilon=0.9).contains(x, x + 0.51).any()  # beyond 1
    assert not L2(epsilon=0.1).contains(x, x + 0.06).any()  # 0.06 sqrt 3 = 0.104
    assert not Linf().contains(x, x * torch.nan).any()
    assert not L2().contains(x, x * torch.nan).any()


def test_no_room_at_all():
    x = rows([0.2, 0.9])
    for threat in (Linf(epsilon=0.0), L2(epsilon=0.0)):
        assert torch.equal(threat.project(x, x + 1), x)


def test_words():
    assert Linf().describe() == "Linf within 8/255"
    assert THREATS.make("linf", {"epsilon": "4/255"}).describe() == "Linf within 4/255"
    assert L2(epsilon=0.5).describe() == "L2 within 0.5"
    assert [ratio(e) for e in (0.3, 0.0, 1.0, 1 / 255, 0.1)] == ["0.3", "0", "1", "1/255", "0.1"]


def test_large_inputs_in_few_rounds():
    # the worst case for the rounds: every value reaches its bound at another scale
    n = 3000
    x = torch.linspace(0, 0.999, n)[None]
    threat = L2(epsilon=20.0)
    near = threat.project(x, x + 5)
    assert threat.contains(x, near).all()
    assert threat.size(x, near).item() == pytest.approx(20.0, rel=1e-5)
