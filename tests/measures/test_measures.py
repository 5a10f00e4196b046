"""Every measure on a table worked out by hand, and the registry that lists them."""

import numpy as np
import pytest

from durometer.core import Estimate, PlanError, UsageError
from durometer.measures import MEASURES
from durometer.stats import clopper_pearson, graded_mean, tango


def objects(values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def table(**columns):
    n = len(columns["score"])
    plain = {
        "position": np.arange(n), "draw": np.zeros(n, np.int32), "model": ["m"] * n,
        "condition": ["canvas"] * n,
        "status": ["ok"] * n, "confidence": np.full(n, 0.5, np.float32), "target": ["0"] * n,
        "answer": np.zeros(n, np.int32),
    }  # fmt: skip
    made = {**plain, **columns}
    texts = ("model", "condition", "status", "target", "top")
    return {k: objects(v) if k in texts else np.asarray(v) for k, v in made.items()}


@pytest.fixture
def two_arms():
    """Canvas 1 1 1 1 0 0; edited, in another order: sample 5 not edited, 0 and 1 lost, 4 gained."""
    return table(
        position=[0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0],
        condition=["canvas"] * 6 + ["k"] * 6,
        score=[1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0],
        status=["ok"] * 6 + ["not-edited"] + ["ok"] * 5,
        confidence=[0.9, 0.9, 0.9, 0.9, 0.9, 0.9, np.nan, 0.5, 0.9, 0.9, 0.9, np.nan],
    )


def test_oracle_accuracy_leaves_out_what_was_not_edited_and_counts_nan_as_wrong():
    rows = table(score=[1, 1, 0, 0, 0], status=["ok", "ok", "ok", "nan-output", "not-edited"])
    assert MEASURES.make("accuracy")(rows) == clopper_pearson(2, 4)


def test_oracle_accuracy_counts_samples_not_draws():
    rows = table(score=[1, 0, 1, 1], position=[0, 0, 1, 1], draw=[0, 1, 0, 1])
    assert MEASURES.make("accuracy")(rows) == clopper_pearson(1.5, 2)


def test_oracle_top_k():
    rows = table(score=[1, 0, 0], target=["2", "0,3", "1"], top=[[2, 0, 1], [1, 3, 0], []])
    assert MEASURES.make("top-k accuracy", {"k": 1})(rows) == clopper_pearson(1, 3)
    assert MEASURES.make("top-k accuracy", {"k": 2})(rows) == clopper_pearson(2, 3)


def test_oracle_paired_measures(two_arms):
    assert MEASURES.make("top-1 drop")(two_arms) == tango(2, 1, 5)
    assert MEASURES.make("flips")(two_arms) == clopper_pearson(3, 5)
    assert MEASURES.make("flips", {"way": "lost"})(two_arms) == clopper_pearson(2, 5)
    assert MEASURES.make("flips", {"way": "gained"})(two_arms) == clopper_pearson(1, 5)
    # four pairs have both confidences: changes 0, 0, 0, −.4
    change = MEASURES.make("confidence change")(two_arms)
    assert (change.value, change.n) == (pytest.approx(-0.1), 4)
    assert change.low == pytest.approx(graded_mean([0, 0, 0, -0.4])[0].low)


def test_oracle_drop_minus_control_is_the_paired_comparison_with_the_control(two_arms):
    renamed = {**two_arms, "condition": objects(["null"] * 6 + ["k"] * 6)}
    assert MEASURES.make("top-1 drop minus control", {"before": "null"})(renamed) == tango(2, 1, 5)


def test_a_canvas_asked_once_answers_for_all_draws():
    rows = table(
        position=[0, 1, 0, 0, 1, 1], draw=[0, 0, 0, 1, 0, 1], condition=["canvas"] * 2 + ["k"] * 4,
        score=[1, 1, 0, 1, 0, 0],
    )  # fmt: skip
    assert MEASURES.make("top-1 drop")(rows) == tango(1.5, 0, 2)


def test_oracle_confident_mistakes():
    rows = table(score=[0, 0, 1, 0], confidence=[0.9, 0.89, 0.99, np.nan], status=["ok"] * 3 + ["nan-output"])
    assert MEASURES.make("confident mistakes")(rows) == clopper_pearson(1, 4)
    assert MEASURES.make("confident mistakes", {"sure": 0.5})(rows) == clopper_pearson(2, 4)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_contract_nothing_measured_is_defined_and_rows_are_not_touched(name, two_arms):
    measure = MEASURES.make(name)
    assert measure.name == name
    assert measure.better in ("higher", "lower")
    looks = {"inside": np.full(12, 0.5), "area": np.full(12, 0.25)}
    rows = {**two_arms, **looks, "top": objects([[0, 1]] * 12)}
    if "control" in name:
        rows = {**rows, "condition": objects(["control"] * 6 + ["k"] * 6)}
    assert measure.needs <= set(rows)
    nothing = {k: v[:0] for k, v in rows.items()}
    empty = measure(nothing)
    assert isinstance(empty, Estimate)
    assert (empty.n, empty.value, empty.high) == (0, 0.0, 1.0)
    before = {k: v.copy() for k, v in rows.items()}
    estimate = measure({k: rows[k] for k in (*measure.needs, "draw")})  # it reads no column beyond its needs
    assert estimate.low <= estimate.value <= estimate.high
    assert all((rows[k] == before[k])[rows[k] == rows[k]].all() for k in rows if k != "top")


def test_errors(two_arms):
    three = {**two_arms, "condition": objects(["canvas"] * 6 + ["k"] * 3 + ["j"] * 3)}
    with pytest.raises(UsageError, match="compares two conditions, these rows hold 3"):
        MEASURES.make("top-1 drop")(three)
    two_models = {**two_arms, "model": objects(["m", "w"] * 6)}
    with pytest.raises(UsageError, match="speaks of one model"):
        MEASURES.make("flips")(two_models)
    with pytest.raises(PlanError, match=r"level = 2\.0 is outside"):
        MEASURES.make("accuracy", {"level": 2.0})
