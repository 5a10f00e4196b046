"""Worst cases and failure points of records worked out by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

from durometer.explain import summarize
from durometer.explain.analyses import ANALYSES

EDIT, NULL = "k-search", "k-null"


def conditions(toy, name, params=None, unit=""):
    made = {
        EDIT: toy.condition(
            name=name, family="search", control=NULL, title=name.replace("-", " "), unit=unit
        ),
        NULL: toy.condition("control", name=name, family="search", title=f"null of {name}"),
    }
    for c in made.values():
        c.words["spec"] = {"kind": "search", "name": name, "version": 1, "params": params or {}}
    return made


def searches(record, rows):
    """Give a record the candidates of a search: (position, x, y, score) each."""
    listed = list(zip(*rows, strict=True))
    n = len(rows)
    names = np.array(["s"] * n, object)
    record._tables["searches"] = {
        "sample": names, "position": np.array(listed[0], np.int32), "x": np.array(listed[1], float),
        "y": np.array(listed[2], float), "score": np.array(listed[3], np.float32),
        "model": np.array(["m"] * n, object), "condition": np.array([EDIT] * n, object),
    }  # fmt: skip
    return record


# ten samples: the first eight are right on the canvas; in the worst case four are right, under the null seven
CANVAS = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
WORST = [1, 1, 1, 0, 0, 0, 0, 0, 1, 0]
NULLS = [1, 1, 1, 1, 1, 1, 1, 0, 0, 0]


def record_of(toy, name="worst-angle", *, achieved=None, status=None, params=None, worst=WORST, nulls=NULLS):
    scores = {("m", "k-canvas"): CANVAS, ("m", EDIT): worst, ("m", NULL): nulls}
    facts = [toy.text(candidates=4 if i else 2, not_made=i % 2) for i in range(10)]
    return toy.record(
        scores, conditions(toy, name, params), achieved={("m", EDIT): achieved or facts},
        status={("m", k): v for k, v in (status or {}).items()},
    )  # fmt: skip


def exact(estimate, k, n):
    interval = binomtest(k, n).proportion_ci(method="exact")
    assert (estimate.value, estimate.n) == (k / n, n)
    assert (estimate.low, estimate.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_oracle_shares_beside_those_of_the_null(toy):
    (found,) = summarize(record_of(toy)).more["searches"]
    exact(found.accuracy, 4, 10)
    exact(found.null, 7, 10)
    exact(found.vulnerable, 5, 8)  # of the eight right on the canvas, five break in the worst case
    exact(found.null_vulnerable, 1, 8)
    # null right and worst case wrong: samples 3, 4, 5, 6; the reverse: sample 8. (4 - 1) / 10
    assert found.difference.value == pytest.approx(0.3)
    assert found.difference.n == 10
    # McNemar, exact: 4 against 1 of 5: 2 * (1 + 5) / 32 = 0.375
    assert found.p_adjusted == pytest.approx(0.375)
    assert found.candidates == (2, 4, 4)
    assert found.not_made == 5
    assert (found.not_searched, found.places) == (0, ())


def test_oracle_samples_that_either_could_not_ask_leave_both(toy):
    status = {EDIT: ["not-edited", *["ok"] * 9], NULL: ["ok", "not-edited", *["ok"] * 8]}
    (found,) = summarize(record_of(toy, status=status)).more["searches"]
    exact(found.accuracy, 2, 8)  # without samples 0 and 1, both right
    exact(found.null, 5, 8)
    exact(found.vulnerable, 5, 6)
    assert found.not_searched == 2


def test_oracle_the_map_has_the_whole_grid(toy):
    record = record_of(toy, "worst-position", params={"side": 3})
    asked = [(0, 0.5, 0.166667, 1), (1, 0.5, 0.166667, 0), (2, 0.5, 0.5, 1), (3, 0.833333, 0.833333, 0)]
    (found,) = summarize(searches(record, asked)).more["searches"]
    exact(found.places[0][1], 1, 2)
    exact(found.places[1][1], 1, 1)
    exact(found.places[2][2], 0, 1)
    measured = {(i, j) for i in range(3) for j in range(3) if found.places[i][j] is not None}
    assert measured == {(0, 1), (1, 1), (2, 2)}


def failing(toy, depths, name="failure-point", unit="sigma", **more):
    """Samples that fail at these depths; a negative one is censored at its size."""
    achieved = [
        toy.text(depth=abs(d), censored=d < 0, value=0, candidates=3, not_made=0, **more) for d in depths
    ]
    return record_of(toy, name, achieved=achieved)


def test_oracle_survival_worked_out(toy):
    # samples 8 and 9 are wrong on the canvas and left out. Of eight: 0.25 (two), 0.5 censored (two), 0.75
    # (two), 1 censored (two): S = 6/8 beyond 0.25, 6/8 · 2/4 = 3/8 beyond 0.75. Blur goes from 0 to 0.05.
    record = failing(toy, [0.25, 0.25, -0.5, -0.5, 0.75, 0.75, -1, -1, 0, 0])
    (found,) = summarize(record).more["failures"]
    assert [(d, v) for d, v, _ in found.points] == [(0, 0), (0.25, 0.0125), (0.75, pytest.approx(0.0375))]
    assert [e.value for _, _, e in found.points] == pytest.approx([1, 6 / 8, 3 / 8])
    assert found.points[0][2].low == pytest.approx(0.025 ** (1 / 8))  # eight of eight: Clopper and Pearson
    assert found.median == pytest.approx(0.0375)
    assert found.median_high is None
    assert found.ticks[0] == (0.0, 0.0)
    assert found.ticks[-1] == (1.0, 0.05)
    # 1/4 · 1 + 1/2 · 6/8 + 1/4 · 3/8
    assert found.area.value == pytest.approx(0.25 + 0.375 + 0.09375)
    assert (found.n, found.failed, found.censored, found.wrong_before) == (8, 4, 4, 2)


def test_oracle_nobody_fails(toy):
    (found,) = summarize(failing(toy, [-1] * 10)).more["failures"]
    assert [(d, v, e.value) for d, v, e in found.points] == [(0, 0, 1)]
    assert (found.median, found.median_low) == (None, None)
    assert found.area.value == 1.0
    assert found.area.low < 0.9


def test_oracle_several_axes_are_read_in_shares_of_their_range(toy):
    record = failing(toy, [0.25] * 3 + [-1] * 7, name="minimal-edit", weakest="blur")
    (found,) = summarize(record).more["failures"]
    assert [(d, v) for d, v, _ in found.points] == [(0, 0), (0.25, 0.25)]
    assert found.weakest == {"blur": 3}


def test_searches_are_no_part_of_the_mean_drop(toy):
    scores = {
        ("m", "k-canvas"): CANVAS,
        ("m", EDIT): WORST,
        ("m", NULL): NULLS,
        ("m", "k-gray"): [1] * 6 + [0] * 4,
    }
    record = toy.record(scores, {**conditions(toy, "worst-angle"), "k-gray": toy.condition(name="gray")})
    summary = summarize(record)
    assert summary.mean_drop["m"].value == pytest.approx(0.2)  # gray alone: 8 right, then 6
    assert {e.condition for e in summary.effects} == {EDIT, NULL, "k-gray"}


def test_a_record_without_searches_has_neither(toy):
    record = toy.record(
        {("m", "k-canvas"): CANVAS, ("m", "k-gray"): CANVAS}, {"k-gray": toy.condition(name="gray")}
    )
    more = summarize(record).more
    assert "searches" not in more
    assert "failures" not in more
    assert {"searches", "failures"} <= set(ANALYSES.names())
