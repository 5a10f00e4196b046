"""Lengths and nearest changes, by hand and against a general solver."""

import pytest
import torch

from durometer.ops.norms import length, within

CHANGE = torch.tensor([[3.0, -4.0, 0.0, 1.0]])


@pytest.mark.parametrize(("norm", "long"), [("linf", 4.0), ("l2", 26**0.5), ("l1", 8.0), ("l0", 3.0)])
def test_oracle_lengths_by_hand(norm, long):
    assert length(CHANGE, norm).item() == pytest.approx(long)


@pytest.mark.parametrize(
    ("norm", "most", "near"),
    [
        ("linf", 2.0, [2.0, -2.0, 0.0, 1.0]),
        ("l2", 13**0.5, [3 * 0.5**0.5, -4 * 0.5**0.5, 0.0, 0.5**0.5]),  # half the square
        ("l1", 5.0, [2.0, -3.0, 0.0, 0.0]),  # all shrink by 1
        ("l1", 1.0, [0.0, -1.0, 0.0, 0.0]),  # all shrink by 3
        ("l0", 2.0, [3.0, -4.0, 0.0, 0.0]),
        ("l0", 1.9, [0.0, -4.0, 0.0, 0.0]),
    ],
)
def test_oracle_nearest_changes_by_hand(norm, most, near):
    assert within(CHANGE, torch.tensor([most]), norm)[0].tolist() == pytest.approx(near)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1", "l0"])
def test_property_what_is_short_enough_stays(norm):
    x = torch.randn(20, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(within(x, length(x, norm) + 1e-9, norm), x)
    assert (length(within(x, length(x, norm) / 2, norm), norm) <= length(x, norm) / 2 + 1e-5).all()
    assert (within(x, torch.zeros(20), norm) == 0).all()
    assert (within(x, torch.full((20,), torch.inf), norm) == x).all()


def test_oracle_l0_counts_pixels_whatever_the_channels():
    # three channels of 2 x 2: the first pixel changes in two of them, by 0.6 and 0.8; the last in one, by 0.9
    x = torch.zeros(1, 3, 2, 2)
    x[0, 0, 0, 0], x[0, 2, 0, 0], x[0, 1, 1, 1] = 0.6, -0.8, 0.9
    assert length(x, "l0").item() == 2
    kept = within(x, torch.ones(1), "l0")
    assert kept[0, :, 0, 0].tolist() == pytest.approx([0.6, 0.0, -0.8])
    assert kept[0, :, 1, 1].tolist() == [0.0] * 3


def test_differential_the_l1_ball_against_a_general_solver():
    optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(3))
    ours = within(x, torch.full((5,), 1.5), "l1")
    for row, near in zip(x.double().numpy(), ours.double().numpy(), strict=True):
        # d = up - down, both at least 0, their sum at most 1.5
        found = optimize.minimize(
            lambda z, row=row: ((z[:6] - z[6:] - row) ** 2).sum(),
            [0.01] * 12,
            bounds=[(0, None)] * 12,
            constraints={"type": "ineq", "fun": lambda z: 1.5 - z.sum()},
        )
        assert found.x[:6] - found.x[6:] == pytest.approx(near, abs=1e-3)
