"""The L1 and L0 balls: projections against a general solver and every choice of pixels."""

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from durometer.core import Dice
from durometer.testing import check_threat
from durometer.threat import L0, L1


def rows(*values):
    return torch.tensor(values, dtype=torch.float32)


@pytest.mark.parametrize("threat", [L1(), L1(epsilon=0.5), L1(epsilon=300.0), L1(low=-1.0, high=2.0)])
def test_contract(threat):
    check_threat(threat)


def test_oracle_l1_by_hand():
    threat = L1(epsilon=1.0)
    # changes (0.9, 0.5, -0.1) sum to 1.5; with 0.9 - t + 0.5 - t = 1 each shrinks by 0.2, the last is gone
    found = threat.project(rows([0.0, 0.2, 0.5]), rows([0.9, 0.7, 0.4]))[0].tolist()
    assert found == pytest.approx([0.7, 0.5, 0.5])
    # (2, 0.5) from (0.6, 0): the first is cut at 0.4, so the second may keep all of its 0.5
    assert threat.project(rows([0.6, 0.0]), rows([2.6, 0.5]))[0].tolist() == pytest.approx([1.0, 0.5])
    assert threat.size(rows([0.0, 0.5]), rows([0.3, 0.1])).item() == pytest.approx(0.7)
    assert L1(epsilon=12.0).describe() == "L1 within 12"


def nearest(x, wish, epsilon):
    """By a general solver: change split into what rises and what falls, so that the sum is linear."""
    n = len(x)
    found = minimize(
        lambda d: ((x + d[:n] - d[n:] - wish) ** 2).sum(), np.zeros(2 * n), method="SLSQP",
        jac=lambda d: 2 * np.concatenate([x + d[:n] - d[n:] - wish, -(x + d[:n] - d[n:] - wish)]),
        bounds=[(0, 1 - v) for v in x] + [(0, v) for v in x], options={"ftol": 1e-15, "maxiter": 1000},
        constraints={"type": "ineq", "fun": lambda d: epsilon - d.sum(), "jac": lambda d: -np.ones(2 * n)},
    )  # fmt: skip
    return x + found.x[:n] - found.x[n:]


@pytest.mark.parametrize("epsilon", [0.1, 0.7, 2.0])
def test_differential_l1_projection(epsilon):
    generator = torch.Generator().manual_seed(2)
    x, wish = torch.rand(8, 6, generator=generator), 4 * torch.rand(8, 6, generator=generator) - 1.5
    found = L1(epsilon=epsilon).project(x, wish).double().numpy()
    for i in range(8):
        best = nearest(x[i].double().numpy(), wish[i].double().numpy(), epsilon)
        assert found[i] == pytest.approx(best, abs=2e-4)


def test_l1_draws_fill_the_ball():
    # uniform in a ball of d dimensions: the share within half the radius is 2**-d; here d = 3
    ids = tuple(f"s{i}" for i in range(4000))
    x = torch.full((4000, 3), 0.5)
    drawn = L1(epsilon=0.4).sample(x, Dice(0, "l1", 1, ids))
    sizes = L1().size(x, drawn)
    assert (sizes < 0.2).float().mean().item() == pytest.approx(1 / 8, abs=0.02)
    assert sizes.max() <= 0.4 + 1e-6


def test_oracle_l0_keeps_the_pixels_with_the_largest_change():
    x = torch.full((1, 2, 2, 2), 0.5)
    wish = x.clone()
    wish[0, :, 0, 0] = torch.tensor([0.9, 0.5])  # 0.4
    wish[0, :, 0, 1] = torch.tensor([0.8, 0.8])  # sqrt(0.18) = 0.424
    wish[0, :, 1, 1] = torch.tensor([3.0, 0.5])  # 0.5 once cut at 1
    found = L0(pixels=2).project(x, wish)
    assert found[0, :, 1, 1].tolist() == pytest.approx([1.0, 0.5])
    assert found[0, :, 0, 1].tolist() == pytest.approx([0.8, 0.8])
    assert torch.equal(found[0, :, 0, 0], x[0, :, 0, 0])
    assert L0().size(x, found).tolist() == [2]


def test_property_no_choice_of_pixels_is_nearer():
    generator = torch.Generator().manual_seed(4)
    x, wish = torch.rand(3, 5, generator=generator), 3 * torch.rand(3, 5, generator=generator) - 1
    found = L0(pixels=2).project(x, wish)
    for i in range(3):
        distances = []
        for chosen in combinations(range(5), 2):
            point = x[i].clone()
            point[list(chosen)] = wish[i, list(chosen)].clamp(0, 1)
            distances.append((point - wish[i].clamp(0, 1)).norm().item())
        assert (found[i] - wish[i].clamp(0, 1)).norm().item() == pytest.approx(min(distances))


def test_l0_members_and_draws():
    x = torch.rand(50, 3, 6, 5, generator=torch.Generator().manual_seed(1))
    threat = L0(pixels=4)
    drawn = threat.sample(x, Dice(0, "l0", 1, tuple(f"s{i}" for i in range(50))))
    assert (threat.size(x, drawn) == 4).all()
    assert threat.contains(x, drawn).all()
    assert not L0(pixels=3).contains(x, drawn).any()
    low, high = threat.box(x)
    assert (low.min(), high.max()) == (0, 1)
    assert torch.equal(L0(pixels=0).box(x)[0], x)
    assert L0(pixels=1).describe() == "at most 1 pixel"
