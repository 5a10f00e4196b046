"""Motions of points, boxes and masks: worked out by hand, and against scipy's own warp."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from durometer.ops.geometry import (
    clip_boxes,
    move_boxes,
    move_masks,
    move_points,
    of_mirrors,
    of_similarities,
    of_steps,
    still,
    then,
)
from durometer.ops.warp import Similarity

coordinates = st.floats(-50, 50)
similarities = st.builds(
    Similarity,
    about=st.tuples(coordinates, coordinates),
    to=st.tuples(coordinates, coordinates),
    scale=st.floats(0.1, 4),
    degrees=st.floats(-360, 360),
)


def test_oracle_points_by_hand():
    # a quarter turn counterclockwise about (4, 4): right of the middle goes above it (y is down)
    turned = of_similarities([Similarity((4.0, 4.0), (4.0, 4.0), degrees=90)])
    assert torch.allclose(move_points(torch.tensor([[[6.0, 4.0]]]), turned), torch.tensor([[[4.0, 2.0]]]))
    # twice as large about (1, 2), then carried to (5, 5): (3, 3) is (2, 1) off, becomes (4, 2) off
    grown = of_similarities([Similarity((1.0, 2.0), (5.0, 5.0), scale=2)])
    assert move_points(torch.tensor([[[3.0, 3.0]]]), grown).tolist() == [[[9.0, 7.0]]]
    # mirrored in a canvas 10 wide: 1 goes to 9
    assert move_points(torch.tensor([[[1.0, 3.0]]]), of_mirrors([10], sideways=True)).tolist() == [
        [[9.0, 3.0]]
    ]
    assert move_points(torch.tensor([[[1.0, 3.0]]]), of_mirrors([8], sideways=False)).tolist() == [
        [[1.0, 5.0]]
    ]
    assert move_points(torch.tensor([[[1.0, 3.0]]]), of_steps([(2, -1)])).tolist() == [[[3.0, 2.0]]]


@settings(max_examples=50)
@given(similarities, similarities, st.tuples(coordinates, coordinates))
def test_properties_one_after_the_other_is_one_motion(first, second, point):
    both = then(of_similarities([first]), of_similarities([second]))
    wanted = second.forward(*first.forward(*point))
    got = move_points(torch.tensor([[point]], dtype=torch.float64), both)[0, 0]
    assert got.tolist() == pytest.approx(wanted, abs=1e-8)


def test_oracle_boxes_by_hand():
    box = torch.tensor([[[2.0, 3.0, 6.0, 5.0]]])  # 4 by 2 about (4, 4)
    turned = of_similarities([Similarity((4.0, 4.0), (4.0, 4.0), degrees=90)])
    assert torch.allclose(move_boxes(box, turned), torch.tensor([[[3.0, 2.0, 5.0, 6.0]]]))
    # 45 degrees: the hull of a 4 by 2 rectangle is 6 / √2 each way, half of it 2.1213
    tilted = of_similarities([Similarity((4.0, 4.0), (4.0, 4.0), degrees=45)])
    half = 3 / math.sqrt(2)
    assert torch.allclose(move_boxes(box, tilted), torch.tensor([[[4 - half, 4 - half, 4 + half, 4 + half]]]))
    assert move_boxes(box, of_mirrors([10], sideways=True)).tolist() == [[[4.0, 3.0, 8.0, 5.0]]]
    assert move_boxes(torch.zeros(3, 0, 4), still(3)).shape == (3, 0, 4)


def test_oracle_boxes_cut_to_the_canvas():
    boxes = torch.tensor([[-2.0, 1, 3, 4], [9.0, 9, 12, 12], [10.0, 0, 12, 4], [-5.0, -5, 20, 20]])
    cut, left = clip_boxes(boxes, 8, 10)
    assert cut.tolist() == [[0, 1, 3, 4], [9, 8, 10, 8], [10, 0, 10, 4], [0, 0, 10, 8]]
    assert left.tolist() == [True, False, False, True]


def test_oracle_whole_steps_and_mirrors_move_masks_bit_by_bit():
    mask = torch.rand(3, 2, 7, 9, generator=torch.Generator().manual_seed(0))
    motions = torch.cat(
        (of_steps([(2, -1)]), of_mirrors([9], sideways=True), of_mirrors([5], sideways=False))
    )
    moved = move_masks(mask, motions)
    assert moved[0, :, :6, 2:].equal(mask[0, :, 1:, :7])
    assert moved[0, :, 6].eq(0).all()
    assert moved[0, :, :, :2].eq(0).all()
    assert moved[1].equal(mask[1].flip(-1))
    # row edge y goes to 5 − y: pixel row i to row 4 − i
    assert moved[2, :, :5].equal(mask[2, :, :5].flip(-2))
    assert moved[2, :, 5:].eq(0).all()
    assert move_masks(mask, still(3)).equal(mask)


@pytest.mark.parametrize("degrees", [10, 33.3, 120])
@pytest.mark.parametrize("scale", [0.7, 1.0, 1.6])
def test_differential_masks_as_scipy_warps_them(degrees, scale):
    mask = torch.rand(1, 1, 20, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    motion = of_similarities([Similarity((9.0, 8.0), (11.0, 10.5), scale, degrees)])
    a = motion[0].numpy()[::-1, [1, 0, 2]]  # as rows and columns
    back = np.linalg.inv(a[:, :2])
    offset = back @ (0.5 - a[:, 2]) - 0.5  # of pixel centers, as scipy counts them
    wanted = ndimage.affine_transform(
        np.pad(mask[0, 0].numpy(), 1), back, offset + 1, output_shape=(20, 24), order=1
    )
    assert np.allclose(move_masks(mask, motion)[0, 0].numpy(), wanted, atol=1e-9)
