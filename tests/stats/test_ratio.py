"""The share lost: Fieller's interval against his definition, the bootstrap and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from durometer.stats import bootstrap, graded_mean
from durometer.stats.ratio import relative_drop


def test_oracle_value_by_hand():
    # 4 of 5 right before, 3 of 5 after: (0.8 - 0.6) / 0.8
    found = relative_drop([1, 1, 1, 1, 0], [1, 1, 0, 0, 1])
    assert found.value == pytest.approx(0.25)
    assert found.n == 5


def test_oracle_conventions_at_the_ends():
    nothing = relative_drop([0, 0, 0], [1, 0, 1])
    assert (nothing.value, nothing.low) == (0.0, -math.inf)
    assert relative_drop([], []).n == 0
    assert relative_drop([1] * 50, [0] * 50).value == 1.0
    assert relative_drop([1] * 50, [0] * 50).high == 1.0


@pytest.mark.parametrize("seed", range(6))
def test_differential_the_ends_are_where_the_t_test_of_graded_mean_turns(seed):
    """By definition: s lies inside as long as the mean of after − (1 − s) · before can't be told from 0."""
    rng = np.random.default_rng(seed)
    before = (rng.random(80) < 0.8).astype(float)
    after = np.where(rng.random(80) < 0.3, 0.0, before)
    found = relative_drop(before, after)

    def p(s):
        d = after - (1 - s) * before  # the same test, written out
        padded = np.concatenate((d, (-1.0, 1.0)))
        t = padded.mean() / (padded.std(ddof=1) / math.sqrt(padded.size))
        return 2 * stats.t.sf(abs(t), padded.size - 1)

    assert graded_mean(after - (1 - found.low) * before)[1] == pytest.approx(0.05, abs=1e-6)
    for end, way in ((found.low, -1), (found.high, 1)):
        assert p(end) == pytest.approx(0.05, abs=1e-6)
        assert p(end + way * 0.01) < 0.05 < p(end - way * 0.01)


def test_differential_agrees_with_the_bootstrap_where_n_is_large():
    rng = np.random.default_rng(0)
    before = rng.random(1500) < 0.8
    after = np.where(before, rng.random(1500) >= 0.3, rng.random(1500) < 0.2)
    found = relative_drop(before, after)
    other = bootstrap((before, after), lambda a, b: 1 - b.mean() / a.mean(), resamples=500)
    assert found.value == pytest.approx(other.value)
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=0.006)


def test_property_never_of_zero_width_and_wider_at_a_higher_level():
    same = np.ones(30)
    found = relative_drop(same, same)
    assert found.low < found.value == 0 < found.high
    narrow, wide = (relative_drop(same, np.r_[np.zeros(9), np.ones(21)], level) for level in (0.8, 0.99))
    assert wide.low < narrow.low
    assert narrow.high < wide.high


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 60, 300])
@pytest.mark.parametrize(("right", "lost", "gained"), [(0.9, 0.3, 0.2), (0.6, 0.5, 0.1), (0.3, 0.3, 0.1)])
def test_simulation_covers(n, right, lost, gained):
    rng = np.random.default_rng(n)
    truth = 1 - (right * (1 - lost) + (1 - right) * gained) / right
    hits = 0
    for _ in range(1000):
        before = rng.random(n) < right
        after = np.where(before, rng.random(n) >= lost, rng.random(n) < gained)
        found = relative_drop(before, after)
        hits += found.low <= truth <= found.high
    assert hits >= 935  # 0.95 less two standard errors
