"""Clopper and Pearson against scipy, against its defining tail equations, and its coverage by enumeration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from durometer.core import Estimate
from durometer.stats import clopper_pearson, clopper_pearson_bounds, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 30), (1, 30), (7, 20), (50, 55), (55, 55), (300, 1000)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_oracle_scipy(k, n, level):
    got, want = clopper_pearson(k, n, level), binomtest(k, n).proportion_ci(level, "exact")
    assert (got.low, got.high) == pytest.approx((want.low, want.high), abs=1e-12)
    assert (got.value, got.n, got.level) == (k / n, n, level)


def test_oracle_by_hand():
    # none of n: the upper end solves (1 − p)^n = 0.025; n = 10: p = 1 − 0.025^(1/10) = 0.30850
    assert clopper_pearson(0, 10).high == pytest.approx(1 - 0.025**0.1, abs=1e-12)
    assert clopper_pearson(10, 10).low == pytest.approx(0.025**0.1, abs=1e-12)
    # Wilson with k = 0: z² / (n + z²) = 3.8415 / 13.8415 = 0.27753
    assert wilson(0, 10).high == pytest.approx(0.277533, abs=1e-6)
    want = binomtest(7, 20).proportion_ci(0.95, "wilson")
    assert (wilson(7, 20).low, wilson(7, 20).high) == pytest.approx((want.low, want.high), abs=1e-12)


def test_nothing_measured_is_everything_possible():
    assert clopper_pearson(0, 0) == Estimate(0.0, 0.0, 1.0, 0)
    assert wilson(0, 0) == Estimate(0.0, 0.0, 1.0, 0)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (float("nan"), 5)])
def test_errors(k, n):
    with pytest.raises(ValueError, match="is not a share"):
        clopper_pearson(k, n)
    with pytest.raises(ValueError, match="level of 1 is not between"):
        clopper_pearson(1, 5, level=1)


@given(st.floats(0, 50), st.floats(1e-3, 50))
def test_properties(k, rest):
    n = k + rest
    e = clopper_pearson(k, n)
    assert 0 <= e.low <= e.value <= e.high <= 1
    assert e.high - e.low > 0
    mirrored = clopper_pearson(rest if rest <= n else n, n)
    assert mirrored.low == pytest.approx(1 - e.high, abs=1e-7)
    # half the n at the same share is less sure
    assert clopper_pearson(k / 2, n / 2).high >= e.high - 1e-12


@pytest.mark.parametrize("n", [30, 55, 100, 300, 1000])
def test_theorem_coverage_is_at_least_nominal(n):
    """Exact, by enumeration over all k: at least 0.95 (the bar is 0.93), never of zero width."""
    k = np.arange(n + 1)
    low, high = clopper_pearson_bounds(k, n)
    assert (high > low).all()
    for p in (0.0, 0.002, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.998, 1.0):
        covered = binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum()
        assert covered >= 0.95 - 1e-9


def test_wilson_undercovers_near_the_ends_which_is_why_it_is_not_used():
    n, k = 30, np.arange(31)
    held = [wilson(int(i), n) for i in k]
    worst = min(
        sum(w for w, e in zip(binom.pmf(k, n, p), held, strict=True) if e.low <= p <= e.high)
        for p in np.linspace(0.001, 0.05, 200)
    )
    assert 0.82 < worst < 0.86
