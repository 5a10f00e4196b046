"""Tango's interval and McNemar's test: published numbers, defining equations, coverage by enumeration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binom, binomtest

from durometer.core import Estimate
from durometer.stats import mcnemar_exact, mcnemar_exact_many, tango, tango_bounds


def likeliest_gain(b, c, n, drop):
    """The constrained maximum of the trinomial likelihood, by brute force over a fine grid."""
    q = np.linspace(max(0, -drop), (1 - drop) / 2, 400_001)[1:-1]
    log = b * np.log(q + drop) + (n - b - c) * np.log1p(-2 * q - drop)
    log = log + c * np.log(q) if c else log
    return q[np.argmax(log)]


@pytest.mark.parametrize(("b", "c", "n"), [(9, 3, 44), (1, 2, 30), (17, 4, 55), (5, 0, 100)])
def test_oracle_the_ends_solve_the_score_equation(b, c, n):
    """At both ends |b − c − nδ| = 1.96 √(n (2q + δ(1 − δ))), q found by a search of the likelihood."""
    e = tango(b, c, n)
    for drop, sign in ((e.low, 1), (e.high, -1)):
        q = likeliest_gain(b, c, n, drop)
        z = (b - c - n * drop) / math.sqrt(n * (2 * q + drop * (1 - drop)))
        assert z == pytest.approx(sign * 1.959964, abs=2e-3)


def test_golden_cases():
    # Tango (1998), airway hyper-responsiveness, 21 children, 7 against 1: the interval as in Fagerland,
    # Lydersen and Laake (2014), table of intervals for the difference: −0.517 to −0.026 of (1 − 7) / 21
    e = tango(1, 7, 21)
    assert (round(e.low, 3), round(e.high, 3)) == (-0.517, -0.026)
    # no flips: the likeliest gain is 0, so n δ² = z² δ (1 − δ) and δ = z² / (n + z²) = 3.84146 / 33.84146
    e = tango(0, 0, 30)
    assert (-e.low, e.high) == pytest.approx((0.113513, 0.113513), abs=1e-6)
    # all lost: the likeliest gain is (1 − δ) / 2, n (1 − δ)² = z² (1 − δ²), δ = (n − z²) / (n + z²)
    assert tango(30, 0, 30).low == pytest.approx(26.15854 / 33.84146, abs=1e-6)
    assert tango(30, 0, 30).high == 1


def test_nothing_measured_is_everything_possible():
    assert tango(0, 0, 0) == Estimate(0.0, -1.0, 1.0, 0)


@pytest.mark.parametrize("counts", [(-1, 0, 5), (3, 3, 5), (float("nan"), 0, 5)])
def test_errors(counts):
    with pytest.raises(ValueError, match=r"do not fit into 5 pairs"):
        tango(*counts)


@given(st.floats(0, 30), st.floats(0, 30), st.floats(0.5, 60))
def test_properties(lost, gained, same):
    n = lost + gained + same
    e, mirrored = tango(lost, gained, n), tango(gained, lost, n)
    assert -1 <= e.low < e.high <= 1
    assert e.low <= e.value <= e.high
    assert mirrored.low == pytest.approx(-e.high, abs=1e-9)
    assert mirrored.high == pytest.approx(-e.low, abs=1e-9)
    wider = tango(lost, gained, n, level=0.99)
    assert wider.low <= e.low + 1e-12
    assert wider.high >= e.high - 1e-12


SHARES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)


def coverage(n, lost, gained):
    """Exact coverage of the interval when pairs are lost and gained with these probabilities."""
    changed = lost + gained
    m = np.arange(n + 1)
    m = m[binom.pmf(m, n, changed) > 1e-12]
    total = np.repeat(m, m + 1)
    b = np.concatenate([np.arange(x + 1) for x in m])
    weight = binom.pmf(total, n, changed) * binom.pmf(b, total, lost / changed)
    b, total, weight = (v[weight > 1e-12] for v in (b, total, weight))
    low, high = tango_bounds(b, total - b, n)
    assert (high > low).all()
    true = lost - gained
    return weight[(low <= true + 1e-12) & (true <= high + 1e-12)].sum()


@pytest.mark.parametrize("n", [30, 55, 100, 300, 1000])
def test_theorem_coverage(n):
    """By enumeration over a grid with rare flips: the bar is 0.92; measured minimum 0.933."""
    grid = [(p, q) for p in SHARES for q in SHARES if p + q > 0 and p >= q]
    assert min(coverage(n, p, q) for p, q in grid) >= 0.93


@pytest.mark.parametrize(("lost", "gained"), [(9, 3), (0, 6), (5, 5), (0, 0), (1, 0), (120, 80)])
def test_mcnemar_oracle(lost, gained):
    want = binomtest(lost, lost + gained).pvalue if lost + gained else 1.0
    assert mcnemar_exact(lost, gained) == pytest.approx(want, rel=1e-10)


def test_mcnemar_by_hand():
    assert mcnemar_exact(6, 0) == pytest.approx(2 * 0.5**6, rel=1e-12)  # 2/64
    assert mcnemar_exact(5, 0) == pytest.approx(2 / 32, rel=1e-12)
    assert mcnemar_exact_many([6, 0], [0, 6]) == pytest.approx([2 / 64, 2 / 64])


@given(st.floats(0, 40), st.floats(0, 40))
def test_mcnemar_of_fractions_lies_between_whole_counts(lost, gained):
    p = mcnemar_exact(lost, gained)
    assert 0 <= p <= 1
    more, fewer = max(lost, gained), min(lost, gained)
    assert p <= mcnemar_exact(math.floor(more), math.ceil(fewer)) + 1e-12 or math.floor(more) <= fewer + 1
    assert p >= mcnemar_exact(math.ceil(more), math.floor(fewer)) - 1e-12


def test_interval_and_test_agree_with_wald_when_there_is_plenty():
    b, c, n = 3000, 2000, 20000
    half = 1.959964 * math.sqrt(b + c - (b - c) ** 2 / n) / n
    e = tango(b, c, n)
    assert (e.low, e.high) == pytest.approx((0.05 - half, 0.05 + half), abs=2e-5)
    assert brentq(lambda x: x - e.value, -1, 1) == pytest.approx(0.05)
