"""Masks are measured against scipy and counted by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from durometer.ops import masks

SOFT = arrays(np.float32, (9, 13), elements=st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 1.0]))


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float32)[None, None]


class TestByHand:
    # two whole pixels and a half one:      . . . .
    #                                       . # # .
    #                                       . + . .
    MASK = tensor([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0.5, 0, 0]])

    def test_area_and_share(self):
        assert masks.area(self.MASK).tolist() == [2.5]
        assert masks.share(self.MASK).tolist() == [2.5 / 12]

    def test_centroid(self):
        # x: (1·1.5 + 1·2.5 + 0.5·1.5) / 2.5 = 1.9;  y: (2·1.5 + 0.5·2.5) / 2.5 = 1.7
        assert masks.centroid(self.MASK).tolist() == [[pytest.approx(1.9), pytest.approx(1.7)]]

    def test_box_at_half_and_at_more_than_half(self):
        assert masks.bounding_box(self.MASK).tolist() == [[1, 1, 3, 3]]
        assert masks.bounding_box(self.MASK, 0.6).tolist() == [[1, 1, 3, 2]]

    def test_an_empty_mask_has_no_box_and_the_center_of_the_canvas(self):
        empty = torch.zeros(1, 1, 4, 6)
        assert masks.bounding_box(empty).tolist() == [[0, 0, 0, 0]]
        assert masks.centroid(empty).tolist() == [[3.0, 2.0]]

    def test_the_skirt_of_a_hard_edge_is_a_quarter_and_one_pixel_wide(self):
        # a half plane: weights 1 2 1 over 4 put 1/4 of the edge beside it, and nothing two pixels away
        half = torch.zeros(1, 1, 5, 8)
        half[..., :4] = 1
        assert masks.feather(half)[0, 0, 2].tolist() == [1, 1, 1, 1, 0.25, 0, 0, 0]

    def test_a_soft_mask_keeps_its_own_edge(self):
        assert torch.equal(masks.feather(self.MASK), self.MASK)

    def test_each_row_of_a_batch_is_judged_soft_for_itself(self):
        hard = (self.MASK > 0.6).float()
        both = masks.feather(torch.cat((self.MASK, hard)))
        assert torch.equal(both[:1], self.MASK)
        assert not torch.equal(both[1:], hard)

    def test_erosion_does_not_eat_from_the_edge_of_the_canvas(self):
        full = torch.ones(1, 1, 5, 5)
        assert torch.equal(masks.erode(full, 2), full)


@settings(max_examples=60, deadline=None)
@given(SOFT)
def test_measures_agree_with_scipy(mask):
    t = torch.from_numpy(mask)[None, None]
    assert masks.area(t).item() == mask.sum(dtype=np.float64)
    if mask.any():
        y, x = ndimage.center_of_mass(mask.astype(np.float64))
        assert masks.centroid(t)[0].tolist() == pytest.approx([x + 0.5, y + 0.5], abs=1e-9)
        rows, columns = (
            ndimage.find_objects((mask >= masks.SOLID).astype(int))[0]
            if (mask >= 0.5).any()
            else (
                slice(0, 0),
                slice(0, 0),
            )
        )
        assert masks.bounding_box(t).tolist() == [[columns.start, rows.start, columns.stop, rows.stop]]


@settings(max_examples=40, deadline=None)
@given(SOFT, st.integers(0, 3))
def test_dilation_and_erosion_agree_with_scipy(mask, radius):
    t = torch.from_numpy(mask)[None, None]
    side = 2 * radius + 1
    grown = ndimage.maximum_filter(mask, size=side, mode="constant", cval=0)
    shrunk = ndimage.minimum_filter(mask, size=side, mode="constant", cval=1)
    assert np.array_equal(masks.dilate(t, radius)[0, 0].numpy(), grown)
    assert np.allclose(masks.erode(t, radius)[0, 0].numpy(), shrunk, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(SOFT)
def test_feathering_keeps_the_object_and_reaches_one_pixel(mask):
    hard = torch.from_numpy((mask > 0.4).astype(np.float32))[None, None]
    alpha = masks.feather(hard)
    assert bool((alpha >= hard).all())
    assert bool((alpha[hard > 0] == 1).all())
    assert bool((alpha[masks.dilate(hard, 1) == 0] == 0).all())


def test_sums_are_the_same_to_the_last_bit_in_any_order():
    generator = torch.Generator().manual_seed(0)
    mask = torch.rand(1, 1, 61, 83, generator=generator)
    order = torch.randperm(61 * 83, generator=generator)
    shuffled = mask.flatten()[order].reshape(mask.shape)
    assert masks.area(mask).item() == masks.area(shuffled).item()
