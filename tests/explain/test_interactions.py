"""What two edits do beyond one by one: arithmetic by hand, coverage by simulation."""

import numpy as np
import pytest

from durometer.explain.interactions import Interactions
from durometer.explain.study import Study
from durometer.explain.summarize import summarize

DESIGN = {"factors": ["small", "moved"], "cells": {"0": "a", "1": "b", "0,1": "ab"}}


def record_of(toy, cells, *, control=None, status=None):
    """A record of one design; `cells` maps canvas, a, b, ab (and null) to (n,) scores."""
    key = {"canvas": "k-canvas"}
    scores = {("m", key.get(name, name)): values for name, values in cells.items()}
    words = {
        "a": toy.condition("edit", name="small", control=control or ""),
        "b": toy.condition("edit", name="moved", control=control or ""),
        "ab": toy.condition("combination", name="chain", title="small + moved", control=control or ""),
    }
    if control:
        words[control] = toy.condition("control", name="null-edit")
    made = toy.record(scores, words, status=status)
    made.manifest["designs"] = [DESIGN]
    return made


def found(record):
    return Interactions()(Study.read(record), (), record)


def test_oracle_by_hand(toy):
    # sample   canvas a b ab   -y0 + ya + yb - yab
    #   0        1    1 1 0        -1 +1 +1 -0 = 1
    #   1        1    1 1 1        -1 +1 +1 -1 = 0
    #   2        1    0 1 0        -1 +0 +1 -0 = 0
    #   3        0    0 0 0         0
    cells = {"canvas": [1, 1, 1, 0], "a": [1, 1, 0, 0], "b": [1, 1, 1, 0], "ab": [0, 1, 0, 0]}
    (one,) = found(record_of(toy, cells))
    assert one.raw.value == one.beyond.value == pytest.approx(1 / 4)
    assert [e.value for e in one.alone] == [pytest.approx(1 / 4), 0]
    assert one.together.value == pytest.approx(2 / 4)
    assert one.beyond.n == 4
    # the identity of the definition
    assert one.beyond.value == pytest.approx(one.together.value - sum(e.value for e in one.alone))


def test_oracle_controls_are_subtracted_in_every_term(toy):
    # cutting and pasting alone costs sample 0; so a, b and ab each cost it too, and nothing else happens:
    # raw = drop(ab) - drop(a) - drop(b) = 1/4 - 1/4 - 1/4 = -1/4, beyond the control 0
    cut = [0, 1, 1, 1]
    cells = {"canvas": [1, 1, 1, 1], "a": cut, "b": cut, "ab": cut, "null": cut}
    (one,) = found(record_of(toy, cells, control="null"))
    assert one.raw.value == pytest.approx(-1 / 4)
    assert one.beyond.value == 0
    assert one.verdict == "undecided"


def test_samples_that_one_cell_could_not_edit_leave_all_of_them(toy):
    n = 6
    cells = {"canvas": [1] * n, "a": [1] * n, "b": [1] * n, "ab": [0] * n}
    status = {("m", "b"): ["not-edited", *["ok"] * (n - 1)]}
    (one,) = found(record_of(toy, cells, status=status))
    assert (one.beyond.n, one.left_out) == (n - 1, 1)
    assert one.beyond.value == 1


def test_draws_are_averaged_before_samples_are_counted(toy):
    cells = {"canvas": [1, 1], "a": [[1, 1], [1, 1]], "b": [[1, 1], [1, 1]], "ab": [[0, 1], [1, 1]]}
    (one,) = found(record_of(toy, cells))
    assert one.beyond.value == pytest.approx(0.25)  # (1/2 + 0) / 2
    assert one.beyond.n == 2


def test_a_record_without_designs_has_none(toy):
    record = record_of(toy, {"canvas": [1, 1], "a": [1, 0], "b": [1, 1], "ab": [1, 0]})
    del record.manifest["designs"]
    assert found(record) == ()
    assert "interactions" not in summarize(record).more


def test_a_planted_interaction_is_found_and_said_and_is_no_single_finding(toy):
    rng = np.random.default_rng(0)
    n = 300
    clean = (rng.random(n) < 0.95).astype(float)
    cells = {"canvas": clean, "a": clean, "b": clean, "ab": clean * (rng.random(n) < 0.6)}
    summary = summarize(record_of(toy, cells))
    (one,) = summary.more["interactions"]
    assert one.verdict == "worse"
    assert one.beyond.low > 0.2
    assert all(e.verdict != "worse" for e in summary.effects)
    assert summary.headline.sentences[-1].startswith("Together, small and moved cost ")
    assert summary.headline.sentences[-1].endswith("more than by themselves.")


@pytest.mark.slow
def test_simulation_interval_holds_and_nothing_is_found_where_there_is_nothing(toy):
    # a costs 20 %, b 10 %, both 30 %, each on samples of its own: nothing on average, much in single samples
    rng = np.random.default_rng(1)
    n, trials = 200, 400
    held = wrong = 0
    for _ in range(trials):
        u, v, w = rng.random((3, n))
        cells = {"canvas": np.ones(n), "a": u > 0.2, "b": v > 0.1, "ab": w > 0.3}
        (one,) = found(record_of(toy, {k: np.asarray(c, float) for k, c in cells.items()}))
        held += one.beyond.low <= 0 <= one.beyond.high
        wrong += one.verdict != "undecided"
    assert held / trials >= 0.94
    assert wrong / trials <= 0.07
