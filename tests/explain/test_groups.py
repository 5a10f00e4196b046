"""Accuracy by group: counted by hand, and the worst of many told with care."""

import json

import numpy as np
import pytest

from durometer.core import UsageError
from durometer.explain.groups import group_accuracy
from durometer.stats import clopper_pearson

# eight samples: bird land water land water …, place and whether it is right
BIRD = [0, 1, 0, 1, 0, 1, 0, 1]
PLACE = ["land", "water", "water", "land", "land", "water", "water", "land"]
RIGHT = [1, 1, 0, 0, 1, 1, 1, 0]


@pytest.fixture
def record(toy):
    facts = [json.dumps({"place": p}) for p in PLACE]
    return toy.record(
        {("m", "k-canvas"): RIGHT, ("other", "k-canvas"): [1] * 8},
        {},
        labels=("land", "water"),
        label=BIRD,
        facts=facts,
    )


def test_oracle_groups_by_hand(record):
    one, other = group_accuracy(record, ("class", "place"))
    found = dict(zip(one.names, one.accuracy, strict=True))
    assert found[("class", "land"), ("place", "land")] == clopper_pearson(2, 2)
    assert found[("class", "land"), ("place", "water")] == clopper_pearson(1, 2)
    assert found[("class", "water"), ("place", "land")] == clopper_pearson(0, 2)
    assert found[("class", "water"), ("place", "water")] == clopper_pearson(2, 2)
    assert one.mean == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    # the worst of four: 98.75 % instead of 95 %
    assert one.worst == clopper_pearson(0, 2, level=1 - 0.05 / 4)
    assert (other.model, other.mean, other.worst.value) == ("other", 1.0, 1.0)


def test_small_groups_are_left_out_and_counted(record):
    (one, _) = group_accuracy(record, ("place",), least=4)
    assert (len(one.accuracy), one.left_out) == (2, 0)
    with pytest.raises(UsageError, match="no group has 5 samples"):
        group_accuracy(record, ("place",), least=5)


def test_errors_an_unknown_fact(record):
    with pytest.raises(UsageError, match=r"no fact 'plaice'.*Did you mean 'place'"):
        group_accuracy(record, ("plaice",))


@pytest.mark.slow
def test_simulation_no_group_lies_below_the_worst_ones_interval(toy):
    """Ten groups of 40, all right with a chance of 0.8: the lower end of the worst is above 0.8 rarely."""
    rng = np.random.default_rng(0)
    facts = [json.dumps({"place": f"p{i % 10}"}) for i in range(400)]
    misses = 0
    for _ in range(200):
        right = (rng.random(400) < 0.8).astype(float)
        (found,) = group_accuracy(toy.record({("m", "k-canvas"): right}, {}, facts=facts), ("place",))
        misses += found.worst.high < 0.8
    assert misses <= 12  # 5 % and two standard errors
