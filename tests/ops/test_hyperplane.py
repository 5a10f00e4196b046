"""The nearest point of a plane in a box, against linear and quadratic programs."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog, minimize

from durometer.ops.hyperplane import toward


def problems(n=6, d=7):
    generator = torch.Generator().manual_seed(5)
    x = torch.rand(n, d, generator=generator, dtype=torch.double)
    w = torch.randn(n, d, generator=generator, dtype=torch.double)
    offset = 1.2 * torch.randn(n, generator=generator, dtype=torch.double)
    return x, w, offset


def reachable(x, w, offset):
    way = -np.sign(w) * np.sign(offset)
    room = np.where(way > 0, 1 - x, x)
    return (np.abs(w) * room).sum() > abs(offset)


def by_program(x, w, offset, norm):
    """The least norm of d with w d = -offset and x + d in [0, 1], by scipy."""
    n = len(x)
    if norm == "l2":
        found = minimize(
            lambda d: (d * d).sum(), np.zeros(n), jac=lambda d: 2 * d, method="SLSQP",
            bounds=list(zip(-x, 1 - x, strict=True)), options={"ftol": 1e-14, "maxiter": 500},
            constraints={"type": "eq", "fun": lambda d: w @ d + offset, "jac": lambda d: w},
        )  # fmt: skip
        return np.sqrt(found.fun)
    # variables d and either one bound t on all |d| or one on each
    k = 1 if norm == "linf" else n
    spread = np.ones((n, 1)) if norm == "linf" else np.eye(n)
    cost = np.concatenate([np.zeros(n), np.ones(k)])
    sides = np.block([[np.eye(n), -spread], [-np.eye(n), -spread]])
    found = linprog(
        cost, A_ub=sides, b_ub=np.zeros(2 * n), A_eq=np.concatenate([w, np.zeros(k)])[None], b_eq=[-offset],
        bounds=[*zip(-x, 1 - x, strict=True), *[(0, None)] * k],
    )  # fmt: skip
    return found.fun


ORDER = {"linf": np.inf, "l2": 2, "l1": 1}


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_differential_the_least_change_that_reaches_the_plane(norm):
    x, w, offset = problems()
    d = toward(x, w, offset, norm=norm).numpy()
    assert ((x.numpy() + d >= -1e-12) & (x.numpy() + d <= 1 + 1e-12)).all()
    reached = 0
    for i in range(len(x)):
        xi, wi, ci = x[i].numpy(), w[i].numpy(), offset[i].item()
        if not reachable(xi, wi, ci):
            continue
        reached += 1
        assert wi @ d[i] == pytest.approx(-ci, abs=1e-6)
        assert np.linalg.norm(d[i], ORDER[norm]) == pytest.approx(by_program(xi, wi, ci, norm), rel=1e-4)
    assert reached >= 4


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_where_the_box_does_not_reach_it_goes_as_far_as_it_can(norm):
    x, w = torch.tensor([[0.25, 0.5]]), torch.tensor([[1.0, -2.0]])
    # to lower <w, x> the first goes to 0 and the second to 1, which gives 0.25 + 1 in all
    d = toward(x, w, torch.tensor([5.0]), norm=norm)
    assert d.tolist() == [[-0.25, 0.5]]


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_nothing_moves_without_a_slope_or_a_need(norm):
    x, zero = torch.full((2, 3), 0.5), torch.zeros(2, 3)
    assert torch.equal(toward(x, zero, torch.ones(2), norm=norm), zero)
    assert torch.equal(toward(x, torch.ones(2, 3), torch.zeros(2), norm=norm), zero)
