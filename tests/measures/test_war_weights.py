"""Weights of data sets: planted optima, brute force, and Spearman's correlation by scipy."""

import itertools

import numpy as np
import pytest
from scipy.stats import spearmanr

from durometer.core import UsageError
from durometer.measures.war_weights import LEAST, correlations, fit_weights


def table_of(columns):
    return {name: {f"m{i}": v for i, v in enumerate(values)} for name, values in columns.items()}


def scored(columns, weights):
    """Spearman of each data set with the weighted mean, by scipy."""
    war = np.round(sum(w * np.array(columns[name]) for name, w in weights.items()), 12)
    return {name: spearmanr(war, values).statistic for name, values in columns.items()}


def test_oracle_a_planted_outlier_loses_its_weight():
    # Two data sets rank the models upward in steps of .1, a third downward in steps of .3. Equal weights
    # follow the third: .1 + .1 − .3 < 0, so Spearman is −1, −1, +1, the mean −1/3. The best mean is +1/3:
    # 1, 1, −1, reached wherever w₁ + w₂ > 3 w₃.
    columns = {"a": [0.1, 0.2, 0.3, 0.4], "b": [0.5, 0.6, 0.7, 0.8], "c": [0.95, 0.65, 0.35, 0.05]}
    fit = fit_weights(table_of(columns))
    assert [fit.equal[k] for k in "abc"] == pytest.approx([-1, -1, 1])
    assert [fit.correlations[k] for k in "abc"] == pytest.approx([1, 1, -1])
    assert fit.weights["a"] + fit.weights["b"] > 3 * fit.weights["c"]
    assert max(fit.weights.values()) == 1
    assert min(fit.weights.values()) >= LEAST


def test_oracle_the_smallest_correlation_is_shared_out():
    # a swaps the first two and the last two models of b. Followed alone, one gets 1 and the other .6; equal
    # weights make both pairs level, ranks 1.5 1.5 3.5 3.5 against 1 2 3 4: 4 / sqrt(4 · 5) = .894 for both.
    columns = {"a": [0.1, 0.2, 0.7, 0.8], "b": [0.2, 0.1, 0.8, 0.7]}
    fit = fit_weights(table_of(columns), aim="smallest")
    assert min(fit.correlations.values()) == pytest.approx(4 / np.sqrt(20))  # equal weights: the tie
    assert fit.weights == {"a": 1, "b": 1}


@pytest.mark.parametrize("aim", ["mean", "smallest"])
@pytest.mark.parametrize("seed", range(4))
def test_oracle_no_weights_on_a_grid_do_better(aim, seed):
    # 40 geometric steps of two weights against the third: brute force by scipy's Spearman
    dice = np.random.default_rng(seed)
    columns = {k: dice.random(6).tolist() for k in "abc"}
    fit = fit_weights(table_of(columns), aim=aim)
    reached = scored(columns, fit.weights)
    assert reached == pytest.approx(fit.correlations)
    assert scored(columns, dict.fromkeys("abc", 1.0)) == pytest.approx(fit.equal)
    reduce = {"mean": lambda c: float(np.mean(list(c))), "smallest": min}[aim]
    steps = np.geomspace(LEAST, 1, 40)
    grid = [w for w in itertools.product(steps, repeat=3) if max(w) == 1]
    data = np.array(list(columns.values()))
    ranks = data.argsort(1).argsort(1) + 1.0
    best = max(reduce(c) for c in correlations(data.T, ranks, np.array(grid)))
    assert reduce(reached.values()) >= best - 1e-9


def test_properties_the_same_table_gives_the_same_weights_whatever_its_order():
    dice = np.random.default_rng(9)
    columns = {f"d{i}": dice.random(12).tolist() for i in range(5)}
    one, again = fit_weights(table_of(columns)), fit_weights(table_of(columns))
    assert one == again
    told = {d: dict(reversed(list(models.items()))) for d, models in table_of(columns).items()}
    assert fit_weights(told) == one
    # the ranks are all that counts on the side of the data sets, the size of their figures on WAR's
    assert np.mean(list(one.correlations.values())) >= np.mean(list(one.equal.values()))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1, 2, 3]}, "two data sets and three models or more, not 1 and 3"),
        ({"a": [1, 2], "b": [1, 2]}, "not 2 and 2"),
        ({"a": [1, 2, 3], "b": [1, 1, 1]}, "b ranks nothing"),
        ({"a": [1, 2, float("nan")], "b": [1, 2, 3]}, "a ranks nothing"),
        ({"a": [1, 2, 3], "b": [1, 2]}, "b has no figure of m2. Give the same models"),
    ],
)
def test_errors(columns, message):
    with pytest.raises(UsageError, match=message):
        fit_weights(table_of(columns))
