"""Power by simulation and by hand."""

import numpy as np
import pytest
from scipy.stats import binom

from durometer.stats import mcnemar_exact_many, power, smallest_drop
from durometer.stats.power import _largest_rejected


def test_oracle_by_hand():
    # without gains 6 losses are needed (2 / 64 ≤ .05 < 2 / 32): P(X ≥ 6) of 20 at .3 = 1 − .41637
    assert power(20, 0.0, 0.3) == pytest.approx(0.58363, abs=1e-4)
    assert power(5, 0.0, 1.0) == 0.0
    assert power(6, 0.0, 1.0) == pytest.approx(1.0)
    assert smallest_drop(5, 0.0) == 1.0
    assert smallest_drop(0, 0.0) == 1.0


@pytest.mark.parametrize(("n", "gain", "drop", "alpha"), [(500, 0.04, 0.1, 0.05 / 12), (55, 0.02, 0.2, 0.05)])
def test_oracle_simulation(n, gain, drop, alpha):
    rng = np.random.default_rng(0)
    counts = rng.multinomial(n, (gain + drop, gain, 1 - 2 * gain - drop), size=20_000)
    found = (mcnemar_exact_many(counts[:, 0], counts[:, 1]) <= alpha).mean()
    assert power(n, gain, drop, alpha) == pytest.approx(found, abs=4 * (0.25 / 20_000) ** 0.5)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 12, 1e-6])
def test_differential_the_largest_count_still_rejected(alpha):
    m = np.arange(400)
    allowed = _largest_rejected(m, alpha)
    held = [2 * binom.cdf(np.arange(x // 2 + 1), x, 0.5) <= alpha for x in m]
    assert allowed.tolist() == [int(h.sum()) - 1 for h in held]  # the tail grows with j


def test_theorem_under_no_effect_power_is_at_most_alpha():
    assert 0.02 < power(400, 0.1, 0.0, 0.05) <= 0.05


@pytest.mark.parametrize("n", [30, 55, 500, 5000])
@pytest.mark.parametrize("gain", [0.0, 0.02, 0.1])
def test_smallest_drop_has_the_chance_it_says(n, gain):
    drop = smallest_drop(n, gain)
    assert power(n, gain, drop) >= 0.8
    assert power(n, gain, drop - 2e-3) < 0.82
    assert smallest_drop(n, gain, alpha=0.05 / 12) > drop
    assert drop > smallest_drop(4 * n, gain)
