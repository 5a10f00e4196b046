"""Detection and segmentation as tasks: figures worked out by hand on a few boxes and pixels."""

import pytest
import torch

from durometer.core import DataError, ModelError, Movement, Objects, Sight, UsageError
from durometer.tasks.detection import Detection, InstanceSegmentation
from durometer.tasks.found import Found, laid, onto_picture, shapes_on
from durometer.tasks.segmentation import OTHER, SemanticSegmentation

TWO = (frozenset({0}), frozenset({1}))
BOX = [0.0, 0, 10, 10]


def there(*boxes, labels=None, crowd=None):
    n = len(boxes)
    return Objects(
        torch.tensor(boxes).reshape(-1, 4), torch.tensor(labels or [0] * n, dtype=torch.long),
        crowd=None if crowd is None else torch.tensor(crowd),
    )  # fmt: skip


def found(*boxes, labels=None, scores=None):
    n = len(boxes)
    return Found(
        torch.tensor(boxes).reshape(-1, 4), torch.tensor(scores or [0.9] * n),
        torch.tensor(labels or [0] * n, dtype=torch.long),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "truth", "wanted"),
    [
        (found(BOX), there(BOX), 1),
        (found(), there(), 1),  # nothing there, nothing found
        (found(BOX), there(), 0),
        (found(), there(BOX), 0),
        (found(BOX, BOX), there(BOX), 2 / 3),  # 2 · 1 / (2 + 1): the second is one too many
        (found(BOX, scores=[0.4]), there(BOX), 0),  # not sure enough
        (found(BOX, labels=[1]), there(BOX), 0),
        # IoU 80 / 100 = .8: found at .50 to .80, 7 of 10 overlaps
        (found([0.0, 0, 10, 8]), there(BOX), 0.7),
        (found([20.0, 20, 30, 30]), there([15.0, 15, 40, 40], crowd=[True]), 1),  # in a crowd: ignored
        (found(), there(BOX, crowd=[True]), 1),
        (found(BOX, [20.0, 20, 30, 30]), there(BOX, [15.0, 15, 40, 40], crowd=[False, True]), 1),
    ],
)
def test_oracle_f1_of_a_picture(answer, truth, wanted):
    assert Detection(TWO).score([answer], [truth]).tolist() == pytest.approx([wanted])


def test_oracle_labels_meet_by_the_map():
    task = Detection((frozenset({7}), frozenset()))
    sight = Sight.whole(50, 50)
    output = {
        "boxes": torch.tensor([[BOX, BOX, BOX]]), "scores": torch.tensor([[0.9, 0.8, 0.0]]),
        "labels": torch.tensor([[7, 3, 7]]),
    }  # fmt: skip
    (one,) = task.onto(output, [sight])
    assert (one.labels.tolist(), one.scores.tolist()) == ([0], [pytest.approx(0.9)])
    truth = there(BOX, BOX, labels=[0, 1])
    assert task.say(truth) == "0"  # the model has no name for the other
    assert task.score([one], [truth]).tolist() == [1]
    assert task.speaks(truth)
    assert not task.speaks(there(BOX, labels=[1]))
    assert task.speaks(there())
    (tables,) = task.tables([one], [truth])
    assert [len(tables[name]) for name in ("detections", "truths")] == [1, 1]


def test_oracle_boxes_and_masks_go_from_the_input_onto_the_picture():
    # a picture of 100 × 60 of which the middle 60 × 60 was shown at 30 × 30: two pixels to one
    sight = Sight((60, 100), (0.0, 20.0, 60.0, 80.0), (30, 30))
    assert onto_picture(torch.tensor([[0.0, 0, 15, 30]]), sight).tolist() == [[20, 0, 50, 60]]
    mask = torch.zeros(1, 30, 30)
    mask[0, 10:20, 5:15] = 1
    shape = shapes_on(mask, sight)[0]
    assert shape.sum() == 20 * 20
    assert bool(shape[20:40, 30:50].all())


def test_oracle_what_is_beyond_the_picture_is_cut_and_only_100_count():
    output = {
        "boxes": torch.tensor([[[-5.0, -5, 5, 5]] * 150 + [[60.0, 0, 70, 9]]]),
        "scores": torch.full((1, 151), 0.7), "labels": torch.zeros(1, 151).long(),
    }  # fmt: skip
    (one,) = laid(output, [Sight.whole(50, 50)])
    assert len(one) == 100
    assert one.boxes[0].tolist() == [0, 0, 5, 5]


def test_one_edited_object_has_its_new_mask():
    task, mask = Detection(TWO), torch.zeros(20, 20)
    mask[4:8, 6:12] = 1
    moved = task.move(there(BOX), Movement((20, 20), edited=True, mask=mask))
    assert moved.boxes.tolist() == [[6, 4, 12, 8]]
    gone = task.move(there(BOX), Movement((20, 20), edited=True, mask=0 * mask))
    assert len(gone) == 0
    with pytest.raises(DataError, match="edits one object by itself, and this picture holds 2"):
        task.move(there(BOX, BOX), Movement((20, 20), edited=True, mask=mask))


def test_errors_of_detectors():
    with pytest.raises(UsageError, match="the objects have boxes only, and masks are asked for"):
        InstanceSegmentation(TWO).speaks(there(BOX))
    with pytest.raises(UsageError, match="the model finds no masks"):
        InstanceSegmentation(TWO).onto(
            {"boxes": torch.zeros(1, 0, 4), "scores": torch.zeros(1, 0), "labels": torch.zeros(1, 0)},
            [Sight.whole(9, 9)],
        )
    with pytest.raises(ModelError, match="answered with Tensor"):
        laid(torch.zeros(1, 3), [Sight.whole(9, 9)])
    with pytest.raises(ModelError, match=r"answered with scores \(1, 2\), boxes \(1, 3, 4\)"):
        laid(
            {"boxes": torch.zeros(1, 3, 4), "scores": torch.zeros(1, 2), "labels": torch.zeros(1, 2)},
            [Sight.whole(9, 9)],
        )
    with pytest.raises(UsageError, match="detectors share no loss"):
        Detection(TWO).loss(None, [])


def test_oracle_iou_of_a_map():
    task = SemanticSegmentation(TWO)
    target = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 255]])
    scores = torch.zeros(1, 2, 2, 4)
    scores[0, 1, :, 1:] = 1  # said: 0 in the first column, 1 elsewhere
    answer = task.onto(scores, [Sight.whole(2, 4)])
    # class 0: 2 shared, 4 true, 2 said: 2/4. class 1: 3 shared, 3 true, 5 said (one pixel ignored): 3/5
    assert task.score(answer, [target]).tolist() == pytest.approx([(2 / 4 + 3 / 5) / 2])
    assert task.tables(answer, [target])[0]["regions"] == [
        {"label": 0, "shared": 2, "predicted": 2, "true": 4},
        {"label": 1, "shared": 3, "predicted": 5, "true": 3},
    ]
    assert task.decode(answer)["answer"].tolist() == [1]
    assert (task.say(target), task.classes(target)) == ("0,1", [0, 1])


def test_oracle_what_the_crop_leaves_out_is_missed():
    task = SemanticSegmentation(TWO)
    scores = torch.zeros(1, 2, 2, 2)
    scores[0, 1] = 1
    (answer,) = task.onto(scores, [Sight((2, 4), (0.0, 1.0, 2.0, 3.0), (2, 2))])
    assert answer.tolist() == [[OTHER, 1, 1, OTHER]] * 2
    assert task.score([answer], [torch.ones(2, 4).long()]).tolist() == [0.5]


def test_oracle_the_loss_of_maps_is_the_mean_cross_entropy_of_labeled_pixels():
    task = SemanticSegmentation(TWO)
    output = torch.randn(2, 2, 3, 5, generator=torch.Generator().manual_seed(0))
    target = torch.randint(0, 2, (2, 3, 5), generator=torch.Generator().manual_seed(1))
    target[0, 0] = 255
    wanted = [
        torch.nn.functional.cross_entropy(o[None], t[None], ignore_index=255)
        for o, t in zip(output, target, strict=True)
    ]
    assert torch.allclose(task.loss(output, list(target)), torch.stack(wanted))


def test_answers_that_are_not_finite():
    task = SemanticSegmentation(TWO)
    answer = task.onto(torch.full((1, 2, 2, 2), torch.nan), [Sight.whole(2, 2)])
    assert task.decode(answer)["answer"].tolist() == [-1]
    assert task.score(answer, [torch.zeros(2, 2).long()]).tolist() == [0]
    output = {
        "boxes": torch.tensor([[[torch.nan] * 4, BOX]]), "scores": torch.tensor([[0.9, 0.8]]),
        "labels": torch.zeros(1, 2).long(),
    }  # fmt: skip
    (one,) = laid(output, [Sight.whole(20, 20)])
    assert (one.finite, len(one)) == (False, 0)
    padding = {**output, "scores": torch.tensor([[0.0, 0.8]])}  # what is padding may be anything
    assert laid(padding, [Sight.whole(20, 20)])[0].finite


def test_errors_of_segmenters():
    task = SemanticSegmentation(TWO)
    with pytest.raises(ModelError, match=r"answered with shape \(1, 2\)"):
        task.onto(torch.zeros(1, 2), [Sight.whole(2, 2)])
    with pytest.raises(UsageError, match="a segmenter's targets are label maps"):
        task.speaks(there(BOX))
    far = Movement((2, 2), camera=torch.tensor([[1.0, 0, 9], [0, 1, 0]]).double())
    with pytest.raises(DataError, match="nothing that has a label is left"):
        task.move(torch.zeros(2, 2).long(), far)
    with pytest.raises(DataError, match="what lies behind it is not known"):
        task.move(torch.zeros(2, 2).long(), Movement((2, 2), edited=True))
