"""Suppression against a loop that does what its description says, one box at a time."""

import numpy as np
import pytest
import torch

from durometer.ops.nms import box_iou, nms


def one_by_one(boxes, labels, threshold):
    """Greedy suppression of one picture's boxes, the surest first."""
    kept = []
    for i in range(len(boxes)):
        if all(labels[i] != labels[j] or overlap(boxes[i], boxes[j]) <= threshold for j in kept):
            kept.append(i)
    return kept


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return width * height / (sum(areas) - width * height)


def some(seed, pictures=4, n=40, classes=3):
    dice = np.random.default_rng(seed)
    corner, side = dice.integers(0, 30, (pictures, n, 2)), dice.integers(4, 20, (pictures, n, 2))
    boxes = torch.from_numpy(np.concatenate((corner, corner + side), axis=2)).float()
    return boxes, torch.from_numpy(dice.integers(0, classes, (pictures, n)))


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_loop(seed, threshold):
    boxes, labels = some(seed)
    stays = nms(boxes, labels, threshold=threshold)
    for b in range(len(boxes)):
        wanted = one_by_one(boxes[b].tolist(), labels[b].tolist(), threshold)
        assert stays[b].nonzero()[:, 0].tolist() == wanted


def test_oracle_what_is_gone_removes_nothing():
    # 0 overlaps 1 by 6/14, 1 overlaps 2 by 6/14, 0 overlaps 2 by 2/18: 1 goes for 0, so 2 stays
    row = torch.tensor([[0.0, 0, 10, 1], [4, 0, 14, 1], [8, 0, 18, 1]])
    assert nms(row[None], torch.zeros(1, 3, dtype=torch.long), threshold=0.4).tolist() == [
        [True, False, True]
    ]
    assert nms(row[None], torch.tensor([[0, 1, 0]]), threshold=0.4).all()
    assert nms(row[None], torch.zeros(1, 3, dtype=torch.long), threshold=0.43).all()


def test_a_picture_does_not_depend_on_its_neighbors():
    boxes, labels = some(7)
    whole = nms(boxes, labels, threshold=0.4)
    alone = torch.cat([nms(boxes[b : b + 1], labels[b : b + 1], threshold=0.4) for b in range(4)])
    assert torch.equal(whole, alone)


def test_overlaps_by_hand_and_of_nothing():
    a = torch.tensor([[0.0, 0, 4, 4], [1, 1, 1, 1]])
    b = torch.tensor([[2.0, 2, 6, 6], [0, 0, 4, 2], [1, 1, 1, 1], [9, 9, 8, 8]])
    # 4 / (16 + 16 − 4); 8 / (16 + 8 − 8); an empty box and one inside out overlap nothing
    assert box_iou(a, b)[0].tolist() == pytest.approx([4 / 28, 0.5, 0.0, 0.0])
    assert box_iou(a, b)[1].tolist() == [0.0, 0.0, 0.0, 0.0]
