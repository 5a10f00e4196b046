"""Small shifts worked out by hand: answers that stay, answers that some move changes, no claim of a drop."""

import pytest
from scipy.stats import binomtest

from durometer.explain import summarize
from durometer.explain.small_shifts import NEIGHBORS

# ten samples of class 0; the answers before: eight right, two say class 1
BEFORE = [0] * 8 + [1, 1]


def conditions(toy, moves, name):
    made = {"k-window": toy.condition("control", name="window", family="small shifts")}
    for dx, dy in moves:
        c = toy.condition(name=name, family="small shifts", axis=f"{dx},{dy}")
        c.words["control"] = "k-window" if name == "realistic-shift" else ""
        c.words["spec"]["params"] = {"dx": dx, "dy": dy}
        made[f"k{dx},{dy}"] = c
    return made


def record_of(toy, after, *, before=BEFORE, name="realistic-shift", status=None):
    """A record of answers by move; the canvas answers as the window but for sample 0."""
    canvas = [2, *before[1:]] if name == "realistic-shift" else before
    answer = {"k-canvas": canvas, "k-window": before, **{f"k{x},{y}": a for (x, y), a in after.items()}}
    answer = {("m", key): said for key, said in answer.items()}
    scores = {key: [float(a == 0) for a in said] for key, said in answer.items()}
    return toy.record(
        scores, conditions(toy, after, name), labels=("a", "b", "c"), label=[0] * 10, answer=answer,
        status={("m", k): v for k, v in (status or {}).items()},
    )  # fmt: skip


def changed(**at):
    """The answers before with some replaced: s3=1 makes sample 3 say class 1."""
    said = list(BEFORE)
    for sample, answer in at.items():
        said[int(sample[1:])] = answer
    return said


AFTER = {move: list(BEFORE) for move in NEIGHBORS}
AFTER[1, 0] = changed(s0=1, s8=0)  # one lost, one gained: the accuracy is the same
AFTER[0, 1] = changed(s0=1, s9=2)  # one lost, one wrong answer for another
AFTER[2, 0] = changed(s1=2, s2=2, s3=2)


def exact(estimate, k, n):
    low, high = binomtest(k, n).proportion_ci(method="exact")
    assert (estimate.value, estimate.n) == (pytest.approx(k / n), n)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-9)


def test_oracle_consistency_and_the_worst_of_eight_by_hand(toy):
    (found,) = summarize(record_of(toy, AFTER)).more["small shifts"]
    moves = {(m.dx, m.dy): m for m in found.moves}
    exact(moves[1, 0].consistency, 8, 10)
    exact(moves[2, 0].consistency, 7, 10)
    exact(moves[-1, 1].consistency, 10, 10)
    assert [(m.lost, m.gained, m.other) for m in (moves[1, 0], moves[0, 1])] == [(1, 1, 0), (1, 0, 1)]
    # 80 answers after moves of one pixel, four of them other ones: samples 0 (twice), 8 and 9
    assert found.neighbors.value == pytest.approx(76 / 80)
    exact(found.fooled, 3, 10)
    exact(found.accuracy, 8, 10)
    exact(found.worst, 7, 10)  # sample 0 is lost; sample 8 is right only after a move
    assert found.grid[1][2].value == 0.8
    assert found.grid[1][1] is None


def test_oracle_realistic_shifts_are_read_against_the_window_and_cyclic_ones_against_the_canvas(toy):
    (real,) = summarize(record_of(toy, AFTER)).more["small shifts"]
    (cyclic,) = summarize(record_of(toy, AFTER, name="cyclic-shift")).more["small shifts"]
    assert (real.kind, cyclic.kind) == ("realistic", "cyclic")
    assert real.moves == cyclic.moves  # though the canvas of the first answers otherwise for sample 0


def test_oracle_steps_along_the_axes_are_averaged_where_all_four_are_there(toy):
    far = {(2, 0): changed(s1=2), (-2, 0): changed(s1=2, s2=2), (0, 2): list(BEFORE), (0, -2): list(BEFORE)}
    (found,) = summarize(record_of(toy, {**AFTER, **far, (4, 0): list(BEFORE)})).more["small shifts"]
    assert {d: e.value for d, e in found.by_distance} == pytest.approx({1: 36 / 40, 2: 37 / 40})
    assert found.neighbors.value == pytest.approx(76 / 80)


def test_property_a_sample_that_one_move_could_not_show_leaves_the_joint_figures(toy):
    status = {"k1,0": ["not-edited"] + ["ok"] * 9}
    (found,) = summarize(record_of(toy, AFTER, status=status)).more["small shifts"]
    exact(found.fooled, 2, 9)
    assert {(m.dx, m.dy): m for m in found.moves}[0, 1].consistency.n == 10


def test_property_an_answer_that_is_not_finite_is_never_the_same(toy):
    status = {"k-window": ["nan-output"] + ["ok"] * 9, "k1,0": ["nan-output"] + ["ok"] * 9}
    (found,) = summarize(record_of(toy, AFTER, status=status)).more["small shifts"]
    assert {(m.dx, m.dy): m for m in found.moves}[-1, -1].consistency.value == 0.9


def test_property_without_all_neighbors_there_is_no_worst_case(toy):
    del (few := dict(AFTER))[1, 1]
    summary = summarize(record_of(toy, few))
    (found,) = summary.more["small shifts"]
    assert (found.neighbors, found.fooled, found.worst) == (None, None, None)
    assert not any("camera" in s for s in summary.headline.sentences)


def test_golden_the_sentence_speaks_of_answers_and_of_no_drop(toy):
    sentences = summarize(record_of(toy, AFTER)).headline.sentences
    (said,) = [s for s in sentences if "camera" in s]
    assert said == (
        "With the camera moved by one pixel m gives the same answer in 95 % of cases (62 to 100, n = 10); "
        "some of the eight moves changes it for 30 % of samples (7 to 65, n = 10)."
    )
    assert "drop" not in said
