"""Curves, places, confusions, calibration, pictures, models and gaps on tables worked out by hand."""

import numpy as np
import pytest

from durometer.explain import summarize
from durometer.stats import clopper_pearson, graded_mean


def test_oracle_curves(toy):
    conditions = {
        **{
            f"b{s}": toy.condition(name="blur", axis="blur", severity=s, unit="pixels")
            for s in (4.0, 1.0, 2.0)
        },
        "flip": toy.condition(name="flip", axis="flip"),
        "w1": toy.condition(name="warp", axis="shape", severity=1.0),
        "w2": toy.condition(name="warp", axis="shape", severity=2.0),
        "u1": toy.condition(name="bend", axis="shape", severity=1.0),
        "u2": toy.condition(name="bend", axis="shape", severity=2.0),
    }
    scores = {("m", "k-canvas"): np.ones(10)} | {("m", k): np.ones(10) for k in conditions}
    scores["m", "b4.0"] = np.r_[np.ones(3), np.zeros(7)]
    found = {c.axis: c for c in summarize(toy.record(scores, conditions)).curves}
    assert set(found) == {"blur", "shape (bend)", "shape (warp)"}
    assert [s for s, _ in found["blur"].points] == [1.0, 2.0, 4.0]
    assert found["blur"].points[2][1] == clopper_pearson(3, 10)
    assert (found["blur"].canvas, found["blur"].unit) == (clopper_pearson(10, 10), "pixels")


def test_oracle_places(toy):
    conditions = {"p": toy.condition(name="position", axis="position"), "q": toy.condition(axis="position")}
    scores = {("m", "k-canvas"): np.ones(4), ("m", "p"): [1, 0, 1, 1], ("m", "q"): [0, 1, 1, 1]}
    at = ((0.1, 0.2), (1.0, 0.4), (0.34, 0.99), (0.5, 0.5))
    achieved = {
        ("m", "p"): [toy.text(cell=c) for c in ("top-left", 0, "bottom-right", "middle-center")],
        ("m", "q"): [toy.text(center_x=x, center_y=y) for x, y in at],
    }  # fmt: skip
    (found,) = summarize(toy.record(scores, conditions, achieved=achieved)).places
    # top left: samples 0 and 1 by cell, 0 again by center: means .5 and 0, so .5 of 2 samples
    assert found.cells[0] == (clopper_pearson(0.5, 2), None, None)
    assert found.cells[1] == (None, clopper_pearson(1, 1), clopper_pearson(1, 1))
    assert found.cells[2] == (None, clopper_pearson(1, 1), clopper_pearson(1, 1))


def test_places_need_a_place(toy):
    scores = {("m", "k-canvas"): np.ones(4), ("m", "p"): np.ones(4)}
    assert summarize(toy.record(scores, {"p": toy.condition(axis="position")})).places == ()


def test_oracle_confusions(toy):
    labels = ("cat", "dog", "<script>")
    scores = {("m", "k-canvas"): [1, 1, 1, 0, 1, 1], ("m", "e"): [0, 0, 0, 0, 1, 0]}
    answer = {("m", "e"): [1, 1, 2, 1, 1, -1]}
    status = {("m", "e"): ["ok", "ok", "ok", "ok", "ok", "nan-output"]}
    record = toy.record(
        scores,
        {"e": toy.condition(title="edit")},
        labels=labels,
        label=[0, 0, 0, 0, 1, 2],
        answer=answer,
        status=status,
    )
    found = summarize(record).confusions
    assert [(c.true, c.answer, c.count, c.of) for c in found] == [
        ("cat", "dog", 2, 3),
        ("cat", "<script>", 1, 3),
    ]


def test_oracle_calibration(toy):
    right = np.r_[np.ones(5), np.zeros(5)]
    confidence = {("m", "k-canvas"): np.r_[np.full(9, 0.95), np.nan]}
    status = {("m", "k-canvas"): ["ok"] * 9 + ["nan-output"]}
    (found,) = summarize(
        toy.record({("m", "k-canvas"): right}, {}, confidence=confidence, status=status)
    ).calibrations
    assert found.bins == ((pytest.approx(0.95), pytest.approx(5 / 9), 9),)
    assert found.ece.value == pytest.approx(0.95 - 5 / 9)
    assert found.ece.n == 9
    assert found.confident_mistakes == clopper_pearson(4, 10)
    # X of 9 at .95 has mean 8.55, only X = 9 lies above: 2 · .45 · .95^9 / 9
    assert found.expected == pytest.approx(2 * 0.45 * 0.95**9 / 9, rel=1e-5)


def test_oracle_figures(toy):
    labels = tuple("abcdefgh")
    scores = {("m", "k-original"): [1, 1, 0, 1], ("m", "k-canvas"): [1, 0, 0, 1], ("m", "e"): [1, 1, 1, 0]}
    status = {("m", "e"): ["ok", "ok", "ok", "nan-output"]}
    answer = {("m", "k-canvas"): [0, 7, 3, 3]}
    record = toy.record(
        scores, {"e": toy.condition()}, labels=labels, label=[0, 1, 2, 3], status=status, answer=answer,
        models={"m": {"cut_share": 0.02, "guesses": ["order rgb"]}},
    )  # fmt: skip
    s = summarize(record)
    (m,) = s.models
    assert (m.own_view, m.canvas) == (clopper_pearson(3, 4), clopper_pearson(2, 4))
    # top answers on the canvas: 0 1 2 3 4 / 7 0 1 2 3 / 3 0 1 2 4 / 3 0 1 2 4: all four targets are there
    assert m.top5 == clopper_pearson(4, 4)
    # own answers 0 1 3 3 against 0 7 3 3
    assert (m.changed_by_canvas, m.changed_of, m.nan_outputs, m.cut_share) == (1, 4, 1, 0.02)
    assert s.guesses == ("order rgb",)
    assert any("answers of m" in g.what and (g.count, g.of) == (1, 12) for g in s.not_measured)


def test_oracle_mean_drop_and_ranks(toy):
    conditions = {"e": toy.condition(), "f": toy.condition()}
    zeros, ones = np.zeros(60), np.ones(60)
    scores = {
        ("weak", "k-canvas"): ones, ("weak", "e"): zeros, ("weak", "f"): np.r_[zeros[:30], ones[:30]],
        ("sturdy", "k-canvas"): ones, ("sturdy", "e"): ones, ("sturdy", "f"): ones,
        ("twin", "k-canvas"): ones, ("twin", "e"): ones, ("twin", "f"): ones,
    }  # fmt: skip
    s = summarize(toy.record(scores, conditions))
    assert s.mean_drop["weak"] == graded_mean(np.r_[np.ones(30), np.full(30, 0.5)])[0]
    assert s.mean_drop["sturdy"].value == 0
    assert [(r.model, r.best, r.worst) for r in s.ranks] == [("sturdy", 1, 2), ("twin", 1, 2), ("weak", 3, 3)]


def test_oracle_mean_drop_is_the_mean_of_drops_when_edits_miss_samples(toy):
    scores = {
        ("m", "k-canvas"): np.ones(10),
        ("m", "e"): np.zeros(10),
        ("m", "f"): np.r_[np.zeros(2), np.ones(8)],
    }
    status = {("m", "f"): ["ok"] * 4 + ["not-edited"] * 6}
    s = summarize(toy.record(scores, {"e": toy.condition(), "f": toy.condition()}, status=status))
    assert s.mean_drop["m"].value == pytest.approx((1.0 + 0.5) / 2)


def test_oracle_pictures(toy):
    scores = {("m", "k-canvas"): [1, 1, 0], ("m", "e"): [[1, 0], [0, 1], [0, 1]]}
    listed = [(f"s0000{i}", "k-canvas", 0, "original", f"o{i}") for i in range(3)]
    listed += [("s00000", "e", 1, "edited", "e0"), ("s00002", "e", 1, "edited", "e2")]
    listed += [("s00001", "e", 7, "edited", "a draw without a row")]
    kept = [dict(zip(("sample", "condition", "draw", "kind", "artifact"), p, strict=True)) for p in listed]
    confidence = {("m", "e"): np.array([[0.5, 0.6], [0.7, 0.8], [0.9, 1.0]])}
    found = summarize(
        toy.record(scores, {"e": toy.condition(title="edit")}, pictures=kept, confidence=confidence)
    ).pictures
    assert [(p.sample, p.kind, p.original, p.edited, p.draw) for p in found] == [
        ("s00000", "right→wrong", "o0", "e0", 1),
        ("s00002", "wrong→right", "o2", "e2", 1),
    ]
    assert (found[0].truth, found[0].before, found[0].after) == ("cat", "cat", "dog")
    assert found[0].after_confidence == pytest.approx(0.6)


def test_oracle_gaps(toy):
    scores = {("m", "k-canvas"): np.ones(4), ("m", "e"): np.ones((4, 2))}
    status = {("m", "e"): np.array([["ok", "not-edited"]] + [["ok", "ok"]] * 3, object)}
    reason = {("m", "e"): np.array([["", "no room"]] + [["", ""]] * 3, object)}
    skipped = [{"what": "size, 5 %", "why": "there are no masks", "fix": "Give masks"}]
    record = toy.record(
        scores, {"e": toy.condition(title="shift")}, status=status, reason=reason, skipped=skipped, unread=1
    )
    s = summarize(record)
    assert (s.cells_measured, s.cells_asked) == (7, 10)  # 5 samples × 2 draws asked
    assert [(g.what, g.count, g.of, g.why, g.fix) for g in s.not_measured] == [
        ("size, 5 %", 5, 5, "there are no masks", "Give masks"),
        ("samples that could not be read", 1, 5, "not an image", "Repair or remove the files"),
        ("shift", 1, 4, "no room", ""),
    ]


@pytest.mark.parametrize("n", [1, 2, 40])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_sample_one_class_constant_scores_are_all_defined(toy, n, value):
    conditions = {
        "null": toy.condition("control", name="null-edit"),
        "e": toy.condition(name="size", axis="size", control="null"),
        "p": toy.condition(axis="position"),
    }
    scores = {("m", k): np.full(n, value) for k in ("k-original", "k-canvas", "null", "e", "p")}
    gone = {("m", "p"): np.full(n, "not-edited", object)}
    record = toy.record(scores, conditions, labels=("only",), label=np.zeros(n, int), status=gone)
    for together in ("sample", "class"):
        s = summarize(record, together=together)
        assert s.headline.effect is None
        assert s.slices == ()
        for e in s.effects:
            figures = (e.drop, e.net, e.accuracy, e.confidence_change)
            assert all(np.isfinite((f.value, f.low, f.high)).all() and f.high > f.low for f in figures)
            assert np.isfinite((e.p, e.p_adjusted, e.smallest, *e.extremes)).all()
        assert np.isfinite([c.expected for c in s.calibrations]).all()
