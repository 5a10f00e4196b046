"""Measures as MAITE metrics: the numbers that the measures give, from lists of predictions."""

import numpy as np
import pytest
import torch

from durometer.core import UsageError
from durometer.interop import Metric
from durometer.stats import clopper_pearson, tango

EYE = np.eye(3)


def edited(name, **more):
    return [{"edit": {"name": name}, "seed": 0, "draw": 0, **more}]


def test_oracle_accuracy_and_its_interval():
    metric = Metric("accuracy")
    # logits; right, right, wrong, right
    metric.update(
        [np.array([3.0, 1, 0]), torch.tensor([0.0, 5, 1])], [EYE[0], EYE[1]], [{"id": 0}, {"id": 1}]
    )
    metric.update([[0.0, 0.0, 9.0], [1.0, 0.5, 2.0]], [EYE[1], EYE[2]], [{"id": 2}, {"id": 3}])
    exact = clopper_pearson(3, 4)
    assert metric.compute() == {
        "accuracy": 0.75, "accuracy low": pytest.approx(exact.low),
        "accuracy high": pytest.approx(exact.high),        "accuracy n": 4,
    }  # fmt: skip
    assert metric.metadata == {"id": "accuracy"}
    metric.reset()
    with pytest.raises(UsageError, match=r"'accuracy' has seen no predictions. Call update first"):
        metric.compute()


def test_oracle_a_drop_from_metadata():
    metric = Metric("top-1 drop")
    ids = range(6)
    right = [EYE[0]] * 6
    metric.update([EYE[0]] * 5 + [EYE[1]], right, [{"id": i} for i in ids])  # 5 of 6
    # lost: 0, 1, 2; gained: 5; 4 could not be edited and leaves both arms
    after = [EYE[1], EYE[1], EYE[2], EYE[0], EYE[0], EYE[0]]
    told = [{"id": i, "durometer": edited("size", **({"refused": "no room"} if i == 4 else {}))} for i in ids]
    metric.update(after, right, told)
    found, by_hand = metric.compute(), tango(3, 1, 5)
    assert found["top-1 drop"] == pytest.approx(0.4)  # (3 − 1) / 5
    assert (found["top-1 drop low"], found["top-1 drop n"]) == (pytest.approx(by_hand.low), 5)


def test_oracle_probabilities_are_seen_and_calibrate():
    metric = Metric("ECE")
    rows = [[0.6, 0.3, 0.1]] * 10
    metric.update(rows, [EYE[0]] * 4 + [EYE[1]] * 6, [{"id": i} for i in range(10)])
    assert metric.compute()["ECE"] == pytest.approx(0.2)  # confidence 0.6, right 0.4


def test_several_accepted_and_several_answers():
    metric = Metric("accuracy")
    metric.update([[0.0, 2.0, 1.0]], [np.array([0, 1, 1])], [{"id": "a"}])
    assert metric.compute()["accuracy"] == 1.0


def test_errors():
    metric = Metric("foreground focus")
    metric.update([EYE[0]], [EYE[0]], [{"id": 0}])
    with pytest.raises(UsageError, match=r"'foreground focus' needs .*, which only a run has"):
        metric.compute()
