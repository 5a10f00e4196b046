"""Average precision: by hand, against pycocotools, and its interval by simulation."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from durometer.core import Objects, UsageError
from durometer.measures.ap import COCO, Matches, average_precision
from durometer.measures.detections import Detections, Truths
from durometer.ops.runs import mask_to_runs

_spec = importlib.util.spec_from_file_location("coco_oracle", Path(__file__).with_name("coco_oracle.py"))
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

SQUARE = [0.0, 0.0, 10.0, 10.0]
AWAY = [50.0, 50.0, 60.0, 60.0]


def truths(*rows):
    """Rows of (image, label, box), or with a mark of a crowd."""
    return Truths(
        np.array([r[0] for r in rows], int),
        np.array([r[1] for r in rows], int),
        np.array([r[2] for r in rows], float).reshape(-1, 4),
        np.array([bool(r[3:]) and r[3] for r in rows], bool),
    )


def detections(*rows):
    """Rows of (image, label, score, box)."""
    return Detections(
        np.array([r[0] for r in rows], int),
        np.array([r[1] for r in rows], int),
        np.array([r[2] for r in rows], float),
        np.array([r[3] for r in rows], float).reshape(-1, 4),
    )


def test_oracle_a_hit_a_false_alarm_a_hit():
    there = truths((0, 0, SQUARE), (2, 0, SQUARE))
    found = detections((0, 0, 0.9, SQUARE), (1, 0, 0.8, SQUARE), (2, 0, 0.7, SQUARE))
    m = Matches.of(there, found, images=3)
    # precision 1 up to recall 1/2: the 51 recalls 0.00 … 0.50; then 2 of 3 are right: 50 recalls at 2/3
    assert m.ap() == pytest.approx((51 + 50 * 2 / 3) / 101, abs=1e-12)
    # picture 0 counts twice: recall 2/3 at precision 1 (67 recalls 0.00 … 0.66), then 3 of 4 right (34 more)
    assert m.ap(np.array([2.0, 1.0, 1.0])) == pytest.approx((67 + 34 * 0.75) / 101, abs=1e-12)
    # without the false alarm's picture there is none
    assert m.ap(np.array([1.0, 0.0, 1.0])) == 1.0


def test_oracle_precision_counts_at_the_best_later_recall():
    # false, hit, hit: precision 0, 1/2, 2/3; each recall takes the best from there on, so 2/3 everywhere
    there = truths((0, 0, SQUARE), (1, 0, SQUARE))
    found = detections((0, 0, 0.9, AWAY), (0, 0, 0.8, SQUARE), (1, 0, 0.7, SQUARE))
    assert Matches.of(there, found, images=2).ap() == pytest.approx(2 / 3, abs=1e-12)


def test_oracle_an_overlap_counts_at_the_thresholds_it_reaches():
    # 10 × 7 of 10 × 10: overlap 0.7, found at 0.50, 0.55, 0.60, 0.65 and 0.70: five of ten
    m = Matches.of(truths((0, 0, SQUARE)), detections((0, 0, 1.0, [0, 0, 10, 7])), images=1)
    assert m.ap() == pytest.approx(0.5)
    assert (m.ap(at=0.7), m.ap(at=0.75)) == (1.0, 0.0)


def test_oracle_twice_found_is_once_right():
    # the second copy finds nothing: it stands behind, so it costs nothing; in front it would
    there = truths((0, 0, SQUARE), (0, 0, AWAY))
    found = detections((0, 0, 0.9, SQUARE), (0, 0, 0.8, SQUARE), (0, 0, 0.7, AWAY))
    # recall 1/2 at precision 1 (51), then 2 of 3 (50)
    assert Matches.of(there, found, images=1).ap(at=0.5) == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_oracle_crowds_are_neither_right_nor_wrong():
    # two detections inside a crowd of twice the height: share of the detection inside is 1, both are ignored
    there = truths((0, 0, [0, 0, 10, 20], True), (0, 0, AWAY))
    found = detections((0, 0, 0.9, SQUARE), (0, 0, 0.8, [0, 10, 10, 20]), (0, 0, 0.1, AWAY))
    assert Matches.of(there, found, images=1).ap() == 1.0
    # a crowd alone is no object that could be found
    alone = Matches.of(truths((0, 0, SQUARE, True)), found, images=1)
    assert np.isnan(alone.ap())
    assert (alone.estimate().value, alone.estimate().n) == (0.0, 0)


def test_oracle_mean_over_classes_that_are_there():
    # class 0 found, class 5 not; class 9 is only claimed and takes no part: (1 + 0) / 2
    there = truths((0, 0, SQUARE), (0, 5, AWAY))
    m = Matches.of(there, detections((0, 0, 0.5, SQUARE), (0, 9, 0.9, AWAY)), images=1)
    assert m.labels == (0, 5)
    assert m.by_class().mean(axis=1).tolist() == [1.0, 0.0]
    assert m.ap() == 0.5


def test_oracle_at_most_a_hundred_of_a_class_and_picture():
    # 100 surer false alarms push the hit out; in another class they do not
    there = truths((0, 0, SQUARE))
    alarms = [(0, 0, 0.9, AWAY)] * 100
    assert Matches.of(there, detections(*alarms, (0, 0, 0.1, SQUARE)), images=1).ap() == 0.0
    assert Matches.of(there, detections(*alarms[1:], (0, 0, 0.1, SQUARE)), images=1).ap() == pytest.approx(
        0.01
    )
    others = [(0, 1, 0.9, AWAY)] * 100
    assert Matches.of(there, detections(*others, (0, 0, 0.1, SQUARE)), images=1).ap() == 1.0


def test_oracle_masks_overlap_where_boxes_would_not_say():
    # an L of 3 pixels against the square of 4 about it: 3/4; the other half of the square: 2/4
    square, ell = np.ones((2, 2), bool), np.array([[1, 0], [1, 1]], bool)
    there = Truths.of(
        [Objects(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([0]), torch.tensor(square)[None])]
    )
    found = detections((0, 0, 0.9, [0, 0, 2, 2]))
    with_mask = Detections(found.image, found.label, found.score, found.boxes, (mask_to_runs(ell),))
    m = Matches.of(there, with_mask, images=1, masks=True)
    assert (m.ap(at=0.75), m.ap(at=0.8)) == (1.0, 0.0)
    assert Matches.of(there, with_mask, images=1).ap() == 1.0


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_agrees_with_pycocotools(seed, masks):
    pytest.importorskip("pycocotools")
    there, found = oracle.random_set(seed, classes=1 + seed % 4)
    theirs, precisions = oracle.by_pycocotools(there, found, 12, masks)
    m = Matches.of(there, found, images=12, masks=masks)
    assert [m.ap(), m.ap(at=0.5), m.ap(at=0.75)] == pytest.approx(theirs, abs=1e-9)
    present = precisions.mean(axis=1).T
    assert m.by_class() == pytest.approx(present[(present >= 0).all(axis=1)], abs=1e-9)


@pytest.mark.parametrize("masks", [False, True])
def test_agrees_with_pycocotools_on_crowded_pictures(masks):
    """More than a hundred detections of a class in a picture, and nearly all scores tied."""
    pytest.importorskip("pycocotools")
    there, found = oracle.random_set(99, images=3, classes=1, most=400)
    assert np.bincount(found.image).max() > 100
    theirs, _ = oracle.by_pycocotools(there, found, 3, masks)
    m = Matches.of(there, found, images=3, masks=masks)
    assert [m.ap(), m.ap(at=0.5), m.ap(at=0.75)] == pytest.approx(theirs, abs=1e-9)


def test_rows_may_stand_in_any_order_of_pictures():
    there, found = oracle.random_set(4)
    shuffled = np.argsort(np.random.default_rng(0).permutation(12)[found.image], kind="stable")
    other = Detections(*(c[shuffled] for c in (found.image, found.label, found.score, found.boxes)))
    assert Matches.of(there, other, images=12).ap() == Matches.of(there, found, images=12).ap()


@pytest.mark.parametrize("seed", range(5))
def test_a_whole_weight_is_a_repeated_picture(seed):
    there, found = oracle.random_set(seed)
    n, times = 12, np.random.default_rng(seed).integers(0, 4, 12)
    score = np.random.default_rng(seed).permutation(len(found.score)) / 1000  # no ties between pictures
    found = Detections(found.image, found.label, score, found.boxes)
    copies = np.repeat(np.arange(n), times)
    more, again = [], []
    for new, old in enumerate(copies):
        more += [(new, *row) for row in _rows(there, old, "crowd")]
        again += [(new, *row) for row in _rows(found, old, "score")]
    repeated = Matches.of(
        truths(*((i, label, box, last) for i, label, last, box in more)),
        detections(*again),
        images=len(copies),
    )
    weighted = Matches.of(there, found, images=n).ap(times.astype(float))
    assert weighted == pytest.approx(repeated.ap(), abs=1e-12)


def _rows(columns, image, last):
    at = np.flatnonzero(columns.image == image)
    return [(columns.label[i], getattr(columns, last)[i], columns.boxes[i]) for i in at]


def test_intervals_hold_the_value_and_are_never_of_zero_width():
    there = truths(*((i, i % 3, SQUARE) for i in range(30)))
    perfect = average_precision(there, detections(*((i, i % 3, 0.9, SQUARE) for i in range(30))), images=30)
    assert perfect.value == perfect.high == 1.0
    assert 0.8 < perfect.low < 0.99
    nothing = average_precision(there, detections(), images=30)
    assert nothing.value == nothing.low == 0.0
    assert 0.01 < nothing.high < 0.2
    assert (perfect.n, perfect.level) == (30, 0.95)


def test_draws_of_two_sets_of_answers_are_paired(monkeypatch):
    there, found = oracle.random_set(3)
    fewer = Detections(*(c[::2] for c in (found.image, found.label, found.score, found.boxes)))
    one, other = (Matches.of(there, d, images=12) for d in (found, fewer))
    assert np.corrcoef(one.drawn(resamples=200), other.drawn(resamples=200))[0, 1] > 0.3
    whole = one.drawn(resamples=50)
    monkeypatch.setattr("durometer.measures.ap.AT_ONCE", 100)  # in small parts: the same draws
    assert np.array_equal(one.drawn(resamples=50), whole)


@pytest.mark.slow
def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """Two classes, 200 objects of each, scores that tell hits from false alarms only in part.

    Average precision itself is too high on few objects (its precision is the best one at any later recall),
    by 0.007 here; that is not in the interval, so it covers a little less than its 95 %.
    """

    def draw(dice, n):
        hit, alarm = dice.random(n) < 0.7, dice.random(n) < 0.5
        there = truths(*((i, i % 2, SQUARE) for i in range(n)))
        right = [(i, i % 2, dice.normal(1, 1), SQUARE) for i in np.flatnonzero(hit)]
        wrong = [(i, i % 2, dice.normal(0, 1), AWAY) for i in np.flatnonzero(alarm)]
        return Matches.of(there, detections(*right, *wrong), images=n, thresholds=(0.5,))

    truth = draw(np.random.default_rng(0), 20_000).ap()
    drawn = [draw(np.random.default_rng(seed + 1), 400).estimate(resamples=400) for seed in range(300)]
    held = np.mean([e.low <= truth <= e.high for e in drawn])
    assert 0.9 <= held <= 0.98
    assert 0.0 < np.mean([e.value for e in drawn]) - truth < 0.015


def test_truths_and_detections_of_tensors():
    crowd = torch.tensor([False, True])
    one = Objects(torch.tensor([[0.0, 0, 2, 2], [2, 2, 4, 4]]), torch.tensor([3, 1]), crowd=crowd)
    t = Truths.of([one, Objects.nothing(4, 4), one])
    assert t.image.tolist() == [0, 0, 2, 2]
    assert t.label.tolist() == [3, 1, 3, 1]
    assert t.crowd.tolist() == [False, True, False, True]
    assert t.runs is None
    assert Truths.of([]).boxes.shape == (0, 4)
    output = {
        "boxes": torch.arange(16.0).view(2, 2, 4), "scores": torch.tensor([[0.5, 0.0], [0.25, 0.75]]),
        "labels": torch.tensor([[1, 0], [2, 3]]), "masks": torch.full((2, 2, 1, 2), 0.6),
    }  # fmt: skip
    d = Detections.of(output)
    assert (d.image.tolist(), d.label.tolist(), d.score.tolist()) == ([0, 1, 1], [1, 2, 3], [0.5, 0.25, 0.75])
    assert d.boxes[1].tolist() == [8, 9, 10, 11]
    assert [r.tolist() for r in d.runs] == [[0, 2]] * 3


def test_errors():
    there, found = truths((0, 0, SQUARE)), detections((0, 0, 0.5, SQUARE))
    with pytest.raises(UsageError, match=r"the truths have no masks\. Compare boxes, or give masks\."):
        Matches.of(there, found, images=1, masks=True)
    with pytest.raises(UsageError, match="there is a picture 0, but only 0 pictures"):
        Matches.of(there, found, images=0)
    with pytest.raises(UsageError, match="a threshold of 0 is not above 0 and up to 1"):
        Matches.of(there, found, images=1, thresholds=(0.0,))
    with pytest.raises(
        UsageError, match=r"nothing was matched at an overlap of 0\.3\. There are 0\.5, 0\.55"
    ):
        Matches.of(there, found, images=1).ap(at=0.3)
    with pytest.raises(UsageError, match=r"a score of the detections is not finite"):
        detections((0, 0, float("nan"), SQUARE))
    with pytest.raises(UsageError, match=r"the columns of the truths differ in length: \(1,\), \(2,\)"):
        Truths(np.zeros(1, int), np.zeros(2, int), np.zeros((1, 4)), np.zeros(1, bool))
    with pytest.raises(UsageError, match=r"1 detections have 2 masks\. Give one of each, or none at all\."):
        Detections(found.image, found.label, found.score, found.boxes, (np.ones(1, int),) * 2)
    with pytest.raises(UsageError, match="there is no object, so there is no average precision"):
        Matches.of(truths(), found, images=1).drawn()
    assert len(COCO) == 10
