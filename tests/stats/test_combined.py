"""The mean of means that share units: by hand, and its variance by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.stats import graded_mean
from durometer.stats.combined import mean_of_means


def test_oracle_by_hand():
    # parts: units 0, 1, 2, 3 with 1, 0, 0, 1 (mean 1/2), units 0, 1 with 1, 0 (mean 1/2): mean of means 1/2.
    # Unit 0: 1/2 + (1 − 1/2)·4/(4·2) + (1 − 1/2)·4/(2·2) = 1/2 + 1/4 + 1/2; unit 1: 1/2 − 1/4 − 1/2;
    # unit 2: 1/2 − 1/4; unit 3: 1/2 + 1/4
    parts = [(np.arange(4), np.array([1.0, 0, 0, 1])), (np.array([0, 1]), np.array([1.0, 0]))]
    assert mean_of_means(parts, 4).tolist() == pytest.approx([1.25, -0.25, 0.25, 0.75])


def test_with_every_unit_in_every_part_it_is_the_mean_over_parts():
    values = np.random.default_rng(0).normal(size=(3, 20))
    parts = [(np.arange(20), v) for v in values]
    assert np.allclose(mean_of_means(parts, 20), values.mean(axis=0))


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=10, unique=True), min_size=1, max_size=5))
def test_property_its_mean_is_the_mean_of_the_means(units):
    rng = np.random.default_rng(len(units))
    parts = [(np.array(sorted(at)), rng.uniform(-1, 1, len(at))) for at in units]
    assert mean_of_means(parts, 10).mean() == pytest.approx(np.mean([v.mean() for _, v in parts]), abs=1e-12)


def test_simulation_the_interval_holds_the_truth_as_often_as_it_says():
    # two parts of 300 samples: the first measured on all, the second on those drawn with a chance of 0.4; a
    # sample that fails in one part fails in the other more often. The truth is (0.2 + 0.5) / 2.
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(600):
        weak = rng.random(300) < 0.5
        first = (rng.random(300) < np.where(weak, 0.35, 0.05)).astype(float)
        second = (rng.random(300) < np.where(weak, 0.9, 0.1)).astype(float)
        seen = np.flatnonzero(rng.random(300) < 0.4)
        losses = mean_of_means([(np.arange(300), first), (seen, second[seen])], 300)
        estimate, _ = graded_mean(losses)
        held += estimate.low <= 0.35 <= estimate.high
    # 0.95 ± 4 standard errors of 600 draws (0.0089 each)
    assert 0.914 < held / 600 < 0.986
