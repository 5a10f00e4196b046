"""Boxes and points after an edit: what belongs to the object goes with it, the rest with the picture."""

import numpy as np
import pytest
import torch

from durometer.interop import Editor

SIDE = 64


def scene():
    """A picture, and the mask of a square of 12 at (20, 26)."""
    generator = np.random.default_rng(0)
    x = torch.from_numpy(generator.integers(0, 256, (3, SIDE, SIDE)).astype(np.float32)) / 255
    mask = torch.zeros(1, SIDE, SIDE)
    mask[:, 26:38, 20:32] = 1
    return x, mask


OWN, ELSEWHERE, SOFA = [20, 26, 32, 38], [2, 2, 10, 8], [10, 20, 60, 62]
"""The object's box, another thing's, and one of a thing that the object lies on."""


def test_oracle_a_moved_object_takes_its_box_alone():
    x, mask = scene()
    edited = Editor("position(cell=top-left)")(x, id="a", mask=mask)
    moved, kept = edited.moved.boxes([OWN, ELSEWHERE, SOFA], SIDE, SIDE)
    # the middle of the top left ninth is (10.67, 10.67); the centroid (26, 32) goes there by whole pixels
    assert moved.tolist() == [[5, 5, 17, 17], ELSEWHERE, SOFA]
    assert kept == [0, 1, 2]
    assert edited.moved.points([[26, 32]]).tolist() == [[11, 11]]
    assert edited.moved.points([[26, 32]], of_object=False).tolist() == [[26, 32]]
    assert edited.mask[0, 5:17, 5:17].min() == 1


def test_oracle_a_mirrored_picture_takes_every_box():
    x, mask = scene()
    edited = Editor("flip")(x, id="a", mask=mask)
    moved, _ = edited.moved.boxes([OWN, ELSEWHERE, SOFA], SIDE, SIDE)
    assert moved.tolist() == [[32, 26, 44, 38], [54, 2, 62, 8], [4, 20, 54, 62]]
    without = Editor("flip")(x, id="a").moved.boxes([OWN], SIDE, SIDE)[0]  # no mask: still with the picture
    assert without.tolist() == [[32, 26, 44, 38]]


def test_oracle_what_leaves_the_canvas_is_cut_or_dropped():
    x, mask = scene()
    edited = Editor("shift(share=0.25, toward=left)")(x, id="a", mask=mask)  # by 16
    moved, kept = edited.moved.boxes([OWN, ELSEWHERE, SOFA], SIDE, SIDE)
    assert moved.tolist() == [[4, 26, 16, 38], [0, 20, 44, 62]]
    assert kept == [0, 2]


def test_oracle_an_object_that_is_removed_takes_its_box_along():
    x, mask = scene()
    moved, kept = Editor("only-background")(x, id="a", mask=mask).moved.boxes([OWN, ELSEWHERE], SIDE, SIDE)
    assert (moved.tolist(), kept) == ([ELSEWHERE], [1])


def test_no_boxes_are_no_boxes():
    x, mask = scene()
    for edit in ("position", "flip", "only-background", "gray"):
        edited = Editor(edit)(x, id="a", mask=mask)
        for none in ([], np.zeros((0, 4))):
            moved, kept = edited.moved.boxes(none, SIDE, SIDE)
            assert moved.shape == (0, 4)
            assert kept == []


def test_oracle_an_object_in_two_parts_takes_both_boxes():
    x, mask = scene()
    mask[:, 26:38, 40:52] = 1
    edited = Editor("flip-object(over=up-down)")(x, id="a", mask=mask)
    moved, _ = edited.moved.boxes([OWN, [40, 26, 52, 38], ELSEWHERE], SIDE, SIDE)
    assert moved.tolist() == [OWN, [40, 26, 52, 38], ELSEWHERE]  # mirrored about their own middle
    sideways = Editor("flip-object")(x, id="a", mask=mask).moved.boxes([OWN, [40, 26, 52, 38]], SIDE, SIDE)[0]
    assert sideways.tolist() == [[40, 26, 52, 38], OWN]  # they change places


@pytest.mark.parametrize("edit", ["elastic-transform(severity=1, profile='imagenet-c')", "sequence-tilt"])
def test_a_field_carries_boxes_and_points_with_the_pixels(edit):
    # a bright square: its box is measured afterwards on the pixels themselves, at half of its brightness
    x = torch.zeros(3, 96, 96)
    x[:, 40:64, 30:60] = 1
    edited = Editor(edit, draw=3)(x, id="a")
    assert not edited.reason
    bright = (edited.x.mean(dim=0) > 0.5).nonzero()
    top, left = bright.amin(dim=0).tolist()
    bottom, right = (bright.amax(dim=0) + 1).tolist()
    boxes, kept = edited.moved.boxes(np.array([[30, 40, 60, 64]]), 96, 96)
    assert kept == [0]
    assert boxes[0] == pytest.approx([left, top, right, bottom], abs=1.5)
    middle = edited.moved.points(np.array([[45.0, 52.0]]))[0]
    assert middle == pytest.approx([(left + right) / 2, (top + bottom) / 2], abs=4)
