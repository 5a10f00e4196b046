"""Survival against tables worked out by hand, scipy's product-limit estimate, and simulation."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from durometer.stats.survival import area, kaplan_meier, median, restricted_mean, share_at

# remission of leukemia under 6-mercaptopurine, weeks, + censored (Freireich and others, 1963)
WEEKS = [
    "6", "6", "6", "6+", "7", "9+", "10", "10+", "11+", "13", "16", "17+", "19+", "20+", "22", "23",
    "25+", "32+", "32+", "34+", "35+",
]  # fmt: skip
TIME = np.array([float(w.rstrip("+")) for w in WEEKS])
FAILED = np.array([not w.endswith("+") for w in WEEKS])


def test_oracle_the_textbook_table():
    curve = kaplan_meier(TIME, FAILED)
    assert curve.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.failed.tolist() == [3, 1, 1, 1, 1, 1, 1]
    # 18/21 · 16/17 · 14/15 · 11/12 · 10/11 · 6/7 · 5/6, step by step
    steps = [Fraction(18, 21), Fraction(16, 17), Fraction(14, 15), Fraction(11, 12), Fraction(10, 11),
             Fraction(6, 7), Fraction(5, 6)]  # fmt: skip
    expected = [float(math.prod(steps[: i + 1])) for i in range(7)]
    assert curve.share == pytest.approx(expected, abs=1e-15)
    assert curve.share.round(3).tolist() == [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]
    assert (curve.n, curve.censored, curve.last) == (21, 12, 35.0)


def test_oracle_greenwoods_standard_errors():
    # sums of d / (n (n − d)): 3/(21·18) = 0.0079365; + 1/(17·16) = 0.0116130; …; times S² and the root
    curve = kaplan_meier(TIME, FAILED)
    pairs = [(3, 21), (1, 17), (1, 15), (1, 12), (1, 11), (1, 7), (1, 6)]
    errors = curve.share * np.sqrt(np.cumsum([d / (n * (n - d)) for d, n in pairs]))
    assert errors.round(4).tolist() == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    for t, s, e in zip(curve.time, curve.share, errors, strict=True):
        got = share_at(curve, t)
        width = 1.959963984540054 * e / s / abs(math.log(s))
        assert (got.low, got.high) == pytest.approx((s ** math.exp(width), s ** math.exp(-width)), abs=1e-12)


def test_oracle_median_and_its_interval():
    # S(22) = 0.538, S(23) = 0.448: the median is 23. Log-log interval at 10: S = 0.753, width
    # 1.96 · 0.0963 / 0.753 / 0.284 = 0.882, so its lower end is 0.753^2.417 = 0.504; at 13: 0.690^(e^0.819)
    # = 0.690^2.268 = 0.432, the first below one half. The upper end at 23 is 0.448^0.474 = 0.683: not reached
    found = median(kaplan_meier(TIME, FAILED))
    assert (found.value, found.low, found.high) == (23.0, 13.0, math.inf)


def test_oracle_a_median_that_is_not_reached_is_infinite():
    found = median(kaplan_meier([1, 2, 3, 4], [True, False, False, False]))
    assert (found.value, found.high) == (math.inf, math.inf)


def test_oracle_half_is_reached_when_exactly_half_have_failed():
    assert median(kaplan_meier([1, 2, 3, 4], [True] * 4)).value == 2.0


def test_oracle_the_area_worked_out():
    # 1, 2+, 3, 4: S = 3/4 from 1, 3/8 from 3, 0 from 4. To 4: 1 + 2 · 3/4 + 1 · 3/8 = 2.875.
    # beyond 1 lie 1.875, beyond 3 lie 0.375: 1.875² / (4 · 3) + 0.375² / (2 · 1) = 0.292969 + 0.0703125
    value, error = area(kaplan_meier([1, 2, 3, 4], [True, False, True, True]), 4.0)
    assert value == 2.875
    assert error == pytest.approx(math.sqrt(0.29296875 + 0.0703125), abs=1e-12)


def test_oracle_without_censoring_the_area_is_the_mean_of_what_is_cut_off():
    rng = np.random.default_rng(0)
    t = rng.exponential(size=200)
    value, error = area(kaplan_meier(t, np.ones(200, bool)), 1.5)
    cut = np.minimum(t, 1.5)
    assert value == pytest.approx(cut.mean(), abs=1e-12)
    assert error == pytest.approx(cut.std() / math.sqrt(200), rel=1e-9)  # Greenwood is the plug-in variance


def test_oracle_ties_of_failure_and_censoring_count_the_censored_as_at_risk():
    curve = kaplan_meier([2, 2, 2], [True, False, True])
    assert (curve.at_risk.tolist(), curve.failed.tolist()) == ([3], [2])
    assert curve.share[0] == pytest.approx(1 / 3)


def test_intervals_have_a_width_where_nothing_or_everything_failed():
    none, everything = kaplan_meier([1.0] * 20, [False] * 20), kaplan_meier([1.0] * 20, [True] * 20)
    # Clopper and Pearson for 20 of 20: 0.025^(1/20) = 0.8316
    assert share_at(none, 0.5).low == pytest.approx(0.025 ** (1 / 20))
    assert share_at(everything, 1.0).high == pytest.approx(1 - 0.025 ** (1 / 20))
    for failed in (True, False):
        held = restricted_mean([1.0] * 20, [failed] * 20, 1.0)
        assert held.value == 1.0
        assert held.low < 0.95
    assert restricted_mean([], [], 2.0).n == 0


TIMES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


@given(TIMES, st.floats(0.3, 15))
def test_properties_differential_against_scipy(pairs, at):
    time, failed = np.array([t for t, _ in pairs], float), np.array([f for _, f in pairs])
    curve = kaplan_meier(time, failed)
    theirs = ecdf(CensoredData.right_censored(time, ~failed)).sf
    for t in range(13):
        expected = 1.0 if t < theirs.quantiles[0] else theirs.evaluate(t)
        assert share_at(curve, t).value == pytest.approx(expected, abs=1e-12)
    # the area by summing 1,000 strips of the curve is the area
    edges = np.linspace(0, at, 4001)
    middles = (edges[1:] + edges[:-1]) / 2
    i = np.searchsorted(curve.time, middles, side="right")
    strips = np.concatenate(((1.0,), curve.share))[i].sum() * at / 4000
    assert area(curve, at)[0] == pytest.approx(strips, abs=2 * at / 4000 * (len(curve.time) + 1))


@given(TIMES)
def test_properties_intervals_hold_their_value_and_the_curve_falls(pairs):
    time, failed = [float(t) for t, _ in pairs], [f for _, f in pairs]
    curve = kaplan_meier(time, failed)
    assert (np.diff(curve.share) < 0).all()
    found = median(curve)
    assert found.low <= found.value <= found.high
    mean = restricted_mean(time, failed, 12.0)
    assert 0 <= mean.low <= mean.value <= mean.high <= 12


def test_errors():
    with pytest.raises(ValueError, match="one finite time and one flag each"):
        kaplan_meier([1.0, math.nan], [True, True])
    with pytest.raises(ValueError, match="counts from 0 to an end above it"):
        restricted_mean([1.0], [True], 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("n", [25, 60, 200])
def test_simulation_intervals_cover(n):
    # exponential failures (median log 2, share beyond 1: 1/e, mean up to 1: 1 − 1/e), censored uniformly to 3
    rng, runs = np.random.default_rng(n), 2000
    hits = np.zeros(3)
    for _ in range(runs):
        t, c = rng.exponential(size=n), rng.uniform(0, 3, size=n)
        time, failed = np.minimum(t, c), t <= c
        curve = kaplan_meier(time, failed)
        m, s, r = median(curve), share_at(curve, 1.0), restricted_mean(time, failed, 1.0)
        truths = ((m, math.log(2)), (s, math.exp(-1)), (r, 1 - math.exp(-1)))
        hits += [e.low <= truth <= e.high for e, truth in truths]
    assert (hits / runs > 0.935).all(), hits / runs
    assert (hits / runs < 0.985).all(), hits / runs
