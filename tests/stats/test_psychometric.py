"""The psychometric surface and the channel: by scipy's own optimizer, by planted truth, by hand."""

import numpy as np
import pytest
from scipy.optimize import curve_fit, minimize
from scipy.special import expit

from durometer.stats.channel import Channel, fit_channel, fit_channels, sensitivities, staircase
from durometer.stats.psychometric import BEYOND, SLOPES, fit_surfaces

STRENGTHS = (0.02, 0.04, 0.08, 0.16)
TRUTH = np.log2([0.15, 0.09, 0.05, 0.03, 0.022, 0.04, 0.08])


def curve(thresholds, slope, ceiling, guess):
    x = np.log2(STRENGTHS)
    return guess + (ceiling - guess) * expit(slope * (np.asarray(thresholds)[:, None] - x))


def drawn(n, runs=1, *, slope=2.0, ceiling=0.85, guess=1 / 16, seed=0):
    dice = np.random.default_rng(seed)
    p = curve(TRUTH, slope, ceiling, guess)
    return dice.binomial(n, p, (runs, *p.shape)), dice.binomial(n, ceiling, runs)


def test_oracle_expected_counts_give_back_what_was_planted():
    n = 1e6
    fit = fit_surfaces(n * curve(TRUTH, 2.0, 0.85, 0.1)[None], [n * 0.85], n, STRENGTHS, guess=0.1)
    assert fit.thresholds[0] == pytest.approx(TRUTH, abs=1e-3)
    assert (fit.slope[0], fit.ceiling[0]) == pytest.approx((2.0, 0.85), abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_differential_no_other_optimizer_finds_a_likelier_surface(seed):
    n, guess = 120, 1 / 16
    counts, clean = drawn(n, seed=seed)
    fit = fit_surfaces(counts, clean, n, STRENGTHS, guess=guess)

    def loss(at):
        p = np.append(curve(at[:7], np.exp(at[7]), at[8], guess).ravel(), at[8])
        k = np.append(counts[0].ravel(), clean[0])
        return -(k * np.log(p) + (n - k) * np.log1p(-p)).sum()

    x = np.log2(STRENGTHS)
    bounds = [(x[0] - BEYOND, x[-1] + BEYOND)] * 7 + [tuple(np.log(SLOPES)), (guess + 0.01, 1 - 1e-6)]
    found = minimize(loss, np.array([*[x.mean()] * 7, 0.5, 0.8]), bounds=bounds, method="L-BFGS-B")
    assert -fit.likelihood[0] <= found.fun + 1e-4
    assert fit.thresholds[0] == pytest.approx(found.x[:7], abs=0.01)


def test_property_tables_are_fitted_apart():
    counts, clean = drawn(80, 6)
    together = fit_surfaces(counts, clean, 80, STRENGTHS, guess=1 / 16)
    alone = [fit_surfaces(counts[i : i + 1], clean[i : i + 1], 80, STRENGTHS, guess=1 / 16) for i in range(6)]
    for i, one in enumerate(alone):
        assert together.thresholds[i] == pytest.approx(one.thresholds[0], abs=1e-3)


def test_property_what_was_never_or_always_lost_lies_at_the_end_of_what_can_be_told():
    counts = np.full((1, 3, 4), 90.0)
    counts[:, 1] = (80, 50, 10, 1)
    counts[:, 2] = 0
    fit = fit_surfaces(counts, [90.0], 100, STRENGTHS, guess=0.001)
    assert 2 ** fit.thresholds[0, 0] == pytest.approx(0.32)
    assert 0.03 < 2 ** fit.thresholds[0, 1] < 0.06
    assert 2 ** fit.thresholds[0, 2] == pytest.approx(0.01)


@pytest.mark.slow
def test_simulation_bootstrap_intervals_cover_the_planted_threshold():
    n, runs, hits = 200, 60, np.zeros(7)
    dice = np.random.default_rng(1)
    p = curve(TRUTH, 2.0, 0.85, 1 / 16)
    for _ in range(runs):
        right = dice.random((n, 29)) < np.append(0.85, p.ravel())
        drawn_of = dice.multinomial(n, np.full(n, 1 / n), 200) @ right
        fit = fit_surfaces(drawn_of[:, 1:].reshape(-1, 7, 4), drawn_of[:, 0], n, STRENGTHS, guess=1 / 16)
        low, high = np.quantile(fit.thresholds, (0.025, 0.975), axis=0)
        hits += (low <= TRUTH) & (high >= TRUTH)
    assert (hits / runs).mean() > 0.9


def test_oracle_channel_figures_by_hand():
    # full width at half height of a Gaussian: exp(−w² / 8 σ²) = 1/2 at w = 2 √(2 ln 2) σ = 2.3548 σ
    channel = Channel(peak=3.0, middle=4.0, sigma=1.5)
    assert channel.bandwidth == pytest.approx(2.354820045 * 1.5)
    assert channel.at(4 + channel.bandwidth / 2) == pytest.approx(1.5)
    assert channel.sensitivity == 0.5


@pytest.mark.parametrize(("peak", "middle", "sigma"), [(3.5, 4.2, 1.3), (2.0, 1.0, 0.6), (4.0, 5.5, 2.5)])
def test_differential_the_channel_is_curve_fit_s(peak, middle, sigma):
    bands = np.arange(7)
    dice = np.random.default_rng(3)
    y = np.clip(Channel(peak, middle, sigma).at(bands) + dice.normal(0, 0.1, 7), 0, 4)
    fit = fit_channel(y)

    def bell(x, a, m, s):
        return a * np.exp(-((x - m) ** 2) / (2 * s**2))

    limits = ([0, -2, 0.1], [4, 8, 5])
    wanted, _ = curve_fit(bell, bands, y, p0=(peak - 0.1, middle, sigma), bounds=limits)
    assert (fit.peak, fit.middle, fit.sigma) == pytest.approx(tuple(wanted), abs=1e-3)
    assert fit_channels(np.stack((np.zeros(7), y, np.ones(7))))[0] == fit


def test_property_no_sensitivity_is_no_channel():
    assert fit_channel(np.zeros(7)) is None
    assert fit_channels(np.zeros((2, 7))) == []


def test_oracle_sensitivities_are_octaves_below_the_strongest():
    found = sensitivities(np.log2([0.32, 0.16, 0.08, 0.01, 0.005]), 0.16)
    assert found == pytest.approx([0, 0, 1, 4, 4])


def test_oracle_the_published_staircase():
    # columns: passed at .16; at .08; only at none; not even there; at .04 again after failing .02 (first from
    # the strong end counts)
    accuracy = [[.9, .9, .9, .4, .9], [.9, .8, .5, .3, .4], [.9, .7, .4, .2, .6], [.9, .6, .3, .1, .2],
                [.6, .5, .2, .1, .1]]  # fmt: skip
    assert staircase(accuracy) == (0, 1, 4, 4, 2)
