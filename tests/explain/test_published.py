"""Published measures are found in a record by the conditions they need."""

import numpy as np
import pytest

from durometer.explain.published import PublishedMeasures
from durometer.explain.study import Study
from durometer.explain.summarize import summarize
from durometer.measures import MEASURES
from durometer.stats import tango


def spec(words, **params):
    words.words["spec"]["params"] = params
    return words


def found(record):
    return {(x.model, x.measure, x.about): x for x in PublishedMeasures()(Study.read(record), (), record)}


def test_oracle_bg_gap_takes_the_two_conditions_by_their_parameters(toy):
    scores = {
        ("m", "k-canvas"): [1, 1, 1, 1, 1], ("m", "s"): [1, 1, 1, 1, 0], ("m", "a"): [1, 0, 0, 1, 1],
        ("m", "o"): [0, 0, 0, 0, 0],
    }  # fmt: skip
    conditions = {
        "s": spec(toy.condition(name="random-background"), of="same class"),
        "a": spec(toy.condition(name="random-background"), of="any"),
        "o": spec(toy.condition(name="random-background"), of="another class"),
    }
    record = toy.record(scores, conditions)
    got = found(record)
    assert got["m", "BG-Gap", ""].value == tango(2, 1, 5)
    assert got["m", "background robustness", ""].value.value == pytest.approx(3 / 4)
    assert got["m", "background robustness", ""].experimental
    assert not got["m", "BG-Gap", ""].experimental
    assert got["m", "BG-Gap", ""].source == "xiao2021"
    assert summarize(record).more["published"][0].measure == "BG-Gap"


def test_a_measure_whose_conditions_are_incomplete_is_not_made_up(toy):
    conditions = {"s": spec(toy.condition(name="random-background"), of="same class")}
    record = toy.record({("m", "k-canvas"): [1, 1], ("m", "s"): [1, 0]}, conditions)
    assert found(record) == {}


def test_oracle_rfs_pairs_equal_sigmas_only(toy):
    scores = {
        ("m", "k-canvas"): [1] * 4,
        ("m", "o"): [1, 0, 0, 0],
        ("m", "b"): [1, 1, 1, 0],
        ("m", "x"): [0, 0, 0, 1],
    }
    conditions = {
        "o": spec(toy.condition(name="region-noise"), on="object", sigma=60 / 255),
        "b": spec(toy.condition(name="region-noise"), on="background", sigma=60 / 255),
        "x": spec(toy.condition(name="region-noise"), on="background", sigma=90 / 255),
    }
    got = found(toy.record(scores, conditions))
    assert [key for key in got] == [("m", "RFS", "sigma 60/255")]
    assert got["m", "RFS", "sigma 60/255"].value.value == pytest.approx(0.5)


def test_oracle_error_ratio_of_each_value_of_a_fact(toy):
    # 40 samples, 20 of them dim; 10 of the dim and 2 of the others are wrong: (10/20) / (12/40) = 5/3
    score = np.ones(40)
    score[:10] = score[20:22] = 0
    facts = [toy.text(lighting="dim" if i < 20 else "bright", size=i / 7) for i in range(40)]
    got = found(toy.record({("m", "k-canvas"): score}, {}, facts=facts))
    assert got["m", "error ratio", "lighting = dim"].value.value == pytest.approx(5 / 3)
    assert got["m", "error ratio", "lighting = bright"].value.value == pytest.approx((2 / 20) / (12 / 40))
    assert len(got) == 2  # numbers are no factors


def test_oracle_fmr_needs_an_oracle_and_is_not_its_own(toy):
    scores = {
        ("net", "k-canvas"): [1, 1, 1, 1], ("net", "k"): [1, 0, 0, 0], ("big", "k-canvas"): [1, 1, 1, 1],
        ("big", "k"): [1, 1, 1, 0],
    }  # fmt: skip
    conditions = {"k": toy.condition(name="gray", title="gray")}
    assert found(toy.record(scores, conditions)) == {}
    got = found(toy.record(scores, conditions, models={"big": {"oracle": True}}))
    assert list(got) == [("net", "FMR", "gray")]
    assert got["net", "FMR", "gray"].value.value == pytest.approx(1 / 3)


def test_every_measure_found_is_registered(toy):
    record = toy.record(
        {("m", "k-canvas"): [1, 0] * 20}, {}, facts=[toy.text(a="b" if i < 20 else "c") for i in range(40)]
    )
    assert {x.measure for x in found(record).values()} <= set(MEASURES.names())
