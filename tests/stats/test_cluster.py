"""Draws and clusters: hand-worked reductions, validity under the null, coverage with clusters."""

import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_1samp

from durometer.stats import bootstrap, generator, paired_estimate, share_estimate, tango
from durometer.stats.cluster import effective_size


def test_oracle_one_draw_is_tango_and_mcnemar():
    before, after = [1, 1, 1, 0, 1, 0, 1, 1], [0, 0, 1, 1, 0, 0, 1, 0]
    r = paired_estimate(before, after)
    assert (r.lost, r.gained, r.n, r.deff) == (4, 1, 8, 1.0)
    assert r.drop == tango(4, 1, 8)
    assert r.p == pytest.approx(2 * 6 / 32)  # P(X ≥ 4) of 5 = (5 + 1) / 32


def test_oracle_draws_of_a_sample_are_one_unit():
    # sample 0: lost in 1 of 2 draws, sample 1: lost in both, sample 2: gained in 1 of 2, sample 3: unchanged
    before, after = [1, 1, 1, 1, 0, 0, 1, 1], [0, 1, 0, 0, 1, 0, 1, 1]
    r = paired_estimate(before, after, units=[0, 0, 1, 1, 2, 2, 3, 3])
    assert (r.lost, r.gained, r.n) == (3, 1, 4)
    assert (r.falls, r.rises) == (1.5, 0.5)
    assert r.drop == tango(1.5, 0.5, 4)
    # the same draw ten times over is no more evidence than once
    again = paired_estimate(
        np.repeat([1, 1, 0], 10), np.repeat([0, 1, 1], 10), units=np.repeat([0, 1, 2], 10)
    )
    assert again.drop == paired_estimate([1, 1, 0], [0, 1, 1]).drop


def test_oracle_design_effect():
    # two clusters of two alike: residuals ±.5; between: 2 · ((1)² + (1)²) / 16 = .25; alone: 1 / 12
    deff, n = effective_size(np.array([1.0, 1, 0, 0]), np.array([0, 0, 1, 1]))
    assert deff == pytest.approx(3.0)
    few = (1.959964 / student.ppf(0.975, 1)) ** 2
    assert n == pytest.approx(max(1, 4 / 3 * few))
    assert effective_size(np.array([1.0, 0, 1, 0]), np.array([0, 0, 1, 1]))[0] == 1.0  # never below 1
    assert effective_size(np.ones(4), np.array([0, 0, 1, 1])) == (1.0, 4.0)  # can't be told
    assert effective_size(np.array([1.0, 0, 1]), np.zeros(3, int)) == (1.0, 3.0)  # one cluster


@pytest.mark.parametrize("n", [0, 1])
def test_few_samples_are_defined(n):
    r = paired_estimate(np.ones(n), np.zeros(n), units=np.arange(n), clusters=np.zeros(n, int))
    assert (r.n, r.p) == (n, 1.0)
    assert (r.drop.low, r.drop.high) == (
        (-1.0, 1.0) if n == 0 else (pytest.approx(-2.84146 / 4.84146, abs=1e-5), 1.0)
    )
    e = share_estimate(np.ones(n), units=np.arange(n))
    assert (e.n, e.high) == (n, 1.0)


def draws_without_effect(rng, n, draws, runs):
    """The canvas asked once; the edit `draws` times; sample difficulties differ, no mean effect."""
    easy = rng.beta(2, 0.7, (runs, n))
    before = rng.random((runs, n)) < easy
    after = rng.random((runs, n, draws)) < easy[..., None]
    return before, after, easy


@pytest.mark.parametrize(("n", "draws"), [(30, 2), (100, 5)])
def test_theorem_p_stays_valid_with_draws(n, draws):
    rng = np.random.default_rng(4)
    before, after, _ = draws_without_effect(rng, n, draws, 1500)
    units = np.repeat(np.arange(n), draws)
    p = np.array(
        [
            paired_estimate(np.repeat(b, draws), a.ravel(), units=units).p
            for b, a in zip(before, after, strict=True)
        ]
    )
    for alpha in (0.05, 0.01):
        assert (p <= alpha).mean() <= alpha + 3 * (alpha * (1 - alpha) / 1500) ** 0.5


def test_theorem_p_stays_valid_when_rare_large_changes_balance_many_small_ones():
    """A t-test is fooled: the rare losses are not seen in 0.95^30 = a fifth of such tables."""
    rng = np.random.default_rng(5)
    n, runs = 30, 1500
    small = rng.random((runs, n)) < 0.5  # wrong before, right in 1 of 10 draws: mean gain .05
    large = ~small & (rng.random((runs, n)) < 0.1)  # right before, wrong in all draws: mean loss .05
    d = np.where(large, 1.0, np.where(small, -0.1, 0.0))
    p = np.array([paired_estimate(np.maximum(x, 0), np.maximum(-x, 0)).p for x in d])
    assert (p <= 0.05).mean() <= 0.05
    assert (ttest_1samp(d, 0, axis=1).pvalue <= 0.05).mean() > 0.15


@pytest.mark.parametrize(("n", "flip"), [(30, 0.01), (55, 0.05), (300, 0.002), (300, 0.2)])
def test_theorem_coverage_with_draws(n, flip):
    """Drops with 3 draws, losses three times as likely as gains; the bar is 0.92."""
    rng = np.random.default_rng(6)
    runs, draws = 600, 3
    prone = rng.random((runs, n)) < 2 * flip  # samples that can change at all: draws go together
    way = rng.random((runs, n)) < 0.75
    turned = prone[..., None] & (rng.random((runs, n, draws)) < 0.5)
    d = (turned.mean(axis=2)) * np.where(way, 1, -1)
    true = flip * 0.5
    held = widths = 0
    for x in d:
        e = paired_estimate(np.maximum(x, 0), np.maximum(-x, 0)).drop
        held += e.low <= true <= e.high
        widths += e.high > e.low
    assert widths == runs
    assert held / runs >= 0.93


@pytest.mark.parametrize(("groups", "size"), [(10, 10), (30, 20)])
def test_theorem_coverage_with_clusters(groups, size):
    """Classes lose with probabilities of their own; the interval speaks of classes not seen."""
    rng = np.random.default_rng(7)
    runs = 500
    rate = rng.beta(1, 4, (runs, groups))  # mean .2
    lost = rng.random((runs, groups, size)) < rate[..., None]
    clusters = np.repeat(np.arange(groups), size)
    ones = np.ones(groups * size)
    held = np.zeros(3)
    for x in lost.reshape(runs, -1):
        drop = paired_estimate(ones, 1 - x, clusters=clusters).drop
        share = share_estimate(x, clusters=clusters)
        alone = paired_estimate(ones, 1 - x).drop
        held += [e.low <= 0.2 <= e.high for e in (drop, share, alone)]
    assert held[0] / runs >= 0.92
    assert held[1] / runs >= 0.93
    assert held[2] / runs < 0.9  # without clusters it would be too sure


def test_bootstrap_is_the_same_each_time_and_keeps_clusters_together():
    x = np.arange(20.0)
    first, second = (bootstrap((x,), np.mean, clusters=np.arange(20) // 4) for _ in range(2))
    assert first == second
    assert first.n == 5
    # the basic interval of a mean of 5 cluster means 1.5, 5.5, …: sd 5.657 / √5 = 2.53
    assert first.high - first.low == pytest.approx(2 * 1.96 * 2.53, rel=0.1)
    assert generator("a").random() != generator("b").random()
    assert generator("a", 1).random() != generator("a", 0).random()
