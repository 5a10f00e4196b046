"""Holm, ranks, graded means and the exact group tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, hypergeom, ttest_1samp

from durometer.core import Estimate
from durometer.stats import graded_mean, holm, more_than_share, more_within_strata, rank_ranges


def test_holm_by_hand():
    # sorted .005 .01 .03 .04: ×4 = .02, ×3 = .03, ×2 = .06, ×1 = .04 raised to .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([]).size == 0
    assert holm([0.01], family=5) == pytest.approx([0.05])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_properties(p):
    adjusted = holm(p)
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert (adjusted <= np.minimum(1, np.array(p) * len(p)) + 1e-12).all()
    assert (adjusted >= false_discovery_control(p) - 1e-12).all()  # never laxer than Benjamini and Hochberg
    order = np.argsort(p)
    assert (np.diff(adjusted[order]) >= 0).all()


def test_holm_errors():
    with pytest.raises(ValueError, match="must lie in 0 to 1"):
        holm([0.1, float("nan")])
    with pytest.raises(ValueError, match="family of 1 can't hold 2"):
        holm([0.1, 0.2], family=1)


def test_graded_mean_is_a_t_test_with_two_pseudo_samples():
    d = np.array([0.1, 0.0, 0.3, -0.1, 0.2])
    estimate, p = graded_mean(d)
    want = ttest_1samp(np.append(d, (-1, 1)), 0)
    span = want.confidence_interval(0.95)
    assert (estimate.value, estimate.n) == (pytest.approx(0.1), 5)
    assert (estimate.low, estimate.high) == pytest.approx((span.low, span.high))
    assert p == pytest.approx(want.pvalue)


def test_graded_mean_never_has_zero_width_and_nothing_is_everything():
    estimate, p = graded_mean(np.zeros(30))
    # 2 / 31 is the variance of 30 zeros and ±1; / 32, root: .0449; t(31) = 2.0395
    assert estimate.high == pytest.approx(2.0395 * (2 / 31 / 32) ** 0.5, abs=1e-4)
    assert p == 1
    assert graded_mean([]) == (Estimate(0.0, -1.0, 1.0, 0), 1.0)
    assert graded_mean([0.4])[0].high > 0.4


def test_ranks_share_a_range_when_they_can_not_be_told_apart():
    rng = np.random.default_rng(0)
    base = rng.random(400) < 0.1
    losses = {"a": base * 1.0, "b": base * 1.0, "c": (rng.random(400) < 0.5) * 1.0}
    assert rank_ranges(losses) == {"a": (1, 2), "b": (1, 2), "c": (3, 3)}
    assert rank_ranges({"only": base}) == {"only": (1, 1)}
    with pytest.raises(ValueError, match="same samples"):
        rank_ranges({"a": [0.0], "b": [0.0, 1.0]})


def test_theorem_equal_models_are_told_apart_in_at_most_5_percent():
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(400):
        losses = {m: (rng.random(60) < 0.2) * 1.0 for m in "abcd"}
        wrong += any(place != (1, 4) for place in rank_ranges(losses).values())
    assert wrong / 400 <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


def test_more_than_share_oracle():
    rng = np.random.default_rng(2)
    size = rng.integers(1, 400, 300)
    hits = np.minimum(rng.hypergeometric(90, 910, size) + rng.integers(0, 8, 300), np.minimum(size, 90))
    got = more_than_share(hits, size, 90, 1000)
    want = hypergeom.sf(hits - 1, 1000, 90, size)
    more = hits * 1000 > size * 90
    assert got[more] == pytest.approx(want[more], rel=1e-9)
    assert (got[~more] == 1).all()


def test_more_than_share_by_hand():
    # 2 hits among 4, a group of 2 holds both: 1 / C(4, 2) = 1/6
    assert more_than_share([2], [2], 2, 4) == pytest.approx([1 / 6])
    assert more_than_share([0], [3], 0, 10) == [1]


def test_within_strata_oracles():
    rng = np.random.default_rng(3)
    member, hit = rng.random(200) < 0.3, rng.random(200) < 0.2
    one = more_within_strata(member, hit, np.zeros(200, int))
    want = hypergeom.sf((member & hit).sum() - 1, 200, hit.sum(), member.sum())
    assert one == pytest.approx(want, rel=1e-9)
    # two strata by enumeration of both tables
    strata = (np.arange(200) % 2).astype(int)
    laws = []
    for s in (0, 1):
        inside = strata == s
        k = np.arange(inside.sum() + 1)
        laws.append(hypergeom.pmf(k, inside.sum(), (hit & inside).sum(), (member & inside).sum()))
    total = np.convolve(*laws)
    assert more_within_strata(member, hit, strata) == pytest.approx(
        total[(member & hit).sum() :].sum(), rel=1e-9
    )


def test_within_strata_a_shadow_says_nothing():
    member = np.arange(100) < 20
    assert more_within_strata(member, member, member.astype(int)) == 1
