"""Measuring in Fourier space: against sums written out, the adjoint, and differences."""

import numpy as np
import pytest
import torch

from durometer.core import UsageError
from durometer.ops.kspace import adjoint, lines, measure, to_frequencies, zero_filled


def dft(n):
    """The orthonormal transform as a matrix, frequency 0 in row n // 2."""
    k, i = np.arange(n) - n // 2, np.arange(n)
    return np.exp(-2j * np.pi * np.outer(k, i) / n) / np.sqrt(n)


def drawn(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


@pytest.mark.parametrize(("height", "width"), [(6, 8), (7, 9)])
def test_oracle_frequencies_are_the_sums_of_the_definition(height, width):
    x = drawn(height, width)
    np.testing.assert_allclose(
        to_frequencies(x).numpy(), dft(height) @ x.numpy() @ dft(width).T, rtol=0, atol=1e-12
    )


def test_oracle_a_quarter_of_the_lines_with_a_full_middle():
    chosen = lines(64, acceleration=4, center=0.08)
    assert int(chosen.sum()) == 16
    assert chosen[30:35].all()  # round(0.08 * 64) = 5, about 32
    assert not torch.equal(chosen, lines(64, acceleration=4, center=0.08, seed=1))
    assert lines(64, acceleration=1).all()


def test_lines_beside_the_middle_are_drawn_alike():
    """Each of the 59 others is one of 11 drawn: over 2,000 seeds 373 times, give or take 5 of 17.4."""
    drawn_often = sum(lines(64, seed=s).int() for s in range(2000))
    others = torch.cat((drawn_often[:30], drawn_often[35:]))
    assert (others - 2000 * 11 / 59).abs().max() < 5 * (2000 * 11 / 59 * (1 - 11 / 59)) ** 0.5


def test_property_the_adjoint_is_one():
    chosen = lines(12, acceleration=3)
    x, k = drawn(9, 12), torch.complex(drawn(9, 12, seed=1), drawn(9, 12, seed=2))
    one = (measure(x, chosen).conj() * k).sum()
    other = (x * adjoint(k, chosen)).sum()
    assert one.item() == pytest.approx(other.item(), abs=1e-12)


def test_oracle_all_lines_give_the_picture_back():
    x = drawn(3, 1, 10, 8).abs()
    torch.testing.assert_close(zero_filled(x, torch.ones(8, dtype=torch.bool)), x, rtol=0, atol=1e-12)


def test_oracle_the_middle_line_alone_gives_the_mean_of_each_row():
    x = drawn(5, 8).abs()
    only = torch.zeros(8, dtype=torch.bool)
    only[4] = True
    wanted = x.mean(dim=1, keepdim=True).expand(-1, 8)
    torch.testing.assert_close(zero_filled(x, only), wanted, rtol=0, atol=1e-12)


def test_property_measuring_twice_measures_nothing_more():
    chosen, x = lines(16), drawn(2, 16, 16)
    once = measure(x, chosen)
    torch.testing.assert_close(measure(adjoint(once, chosen), chosen), once, rtol=0, atol=1e-12)


def test_gradient_by_differences():
    chosen = lines(8, acceleration=2)
    assert torch.autograd.gradcheck(lambda x: zero_filled(x, chosen), drawn(6, 8).abs().requires_grad_())


def test_a_black_picture_has_a_gradient():
    x = torch.zeros(8, 8, requires_grad=True)
    zero_filled(x, lines(8)).sum().backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("given", [{"acceleration": 0.5}, {"center": 1.5}])
def test_errors(given):
    with pytest.raises(UsageError, match="measures nothing sensible"):
        lines(8, **given)
