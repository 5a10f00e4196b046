"""Angles, outlines and coverage against closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.data.scenes.coverage import coverage
from durometer.data.scenes.exact import cos_sin
from durometer.data.scenes.shapes import LABELS, area_and_centroid, edges
from durometer.data.scenes.textures import FAMILIES, Weave, texture


@given(st.floats(-720, 720))
def test_oracle_cosine_and_sine(degrees):
    cosine, sine = cos_sin(degrees)
    assert cosine == pytest.approx(math.cos(math.radians(degrees)), abs=1e-11)
    assert sine == pytest.approx(math.sin(math.radians(degrees)), abs=1e-11)


def test_oracle_quarter_turns_are_exact():
    assert [cos_sin(90.0 * k) for k in range(4)] == [(1, 0), (0, 1), (-1, 0), (0, -1)]


@pytest.mark.parametrize("label", LABELS)
def test_oracle_shapes_have_area_one_about_their_centroid(label):
    for turn, stretch in ((0, 1), (37, 1.05), (-110, 0.952)):
        starts, ends = edges(label, turn=turn, stretch=stretch)
        painted = coverage(starts / 2 + 0.5, ends / 2 + 0.5, size=256).astype(np.float64)
        rows, columns = np.indices(painted.shape) + 0.5
        assert painted.mean() == pytest.approx(1 / 4, abs=2e-4)  # half as large: a quarter of the area
        assert (painted * columns).sum() / painted.sum() == pytest.approx(128, abs=0.1)
        assert (painted * rows).sum() / painted.sum() == pytest.approx(128, abs=0.1)


@pytest.mark.parametrize("label", LABELS)
def test_theorem_every_shape_fits_at_the_largest_share_at_any_turn(label):
    for stretch in (0.952, 1.05):
        corners, _ = edges(label, turn=0, stretch=stretch)
        diameter = np.linalg.norm(corners[:, None] - corners[None], axis=-1).max()
        assert diameter * math.sqrt(0.35) <= 1


def test_oracle_turns_are_counterclockwise_as_seen():
    upright, _ = edges("arrow", turn=0, stretch=1)
    turned, _ = edges("arrow", turn=90, stretch=1)
    tip = upright[:, 1].argmin()  # y points down
    assert turned[tip] == pytest.approx((upright[tip, 1], 0), abs=1e-9)  # up becomes left


def test_oracle_area_and_centroid_of_a_square_with_a_hole():
    outer = ((0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (4.0, 0.0))
    hole = ((2.0, 1.0), (4.0, 1.0), (4.0, 3.0), (2.0, 3.0))
    area, center = area_and_centroid((outer, hole))
    # 16 - 4 = 12; x: (16 * 2 - 4 * 3) / 12 = 5/3; y: (16 * 2 - 4 * 2) / 12 = 2
    assert abs(area) == 12
    assert center == pytest.approx((5 / 3, 2))


@given(*(st.floats(0, 1) for _ in range(4)))
def test_oracle_coverage_of_a_rectangle(x0, x1, y0, y1):
    left, right, top, bottom = *sorted((x0, x1)), *sorted((y0, y1))
    corners = np.array([(left, top), (left, bottom), (right, bottom), (right, top)])
    got = coverage(corners, np.roll(corners, -1, axis=0), size=8)
    pixel = np.arange(8)
    across = np.clip(np.minimum(right * 8, pixel + 1) - np.maximum(left * 8, pixel), 0, 1)
    down = np.clip(np.minimum(bottom * 8, pixel + 1) - np.maximum(top * 8, pixel), 0, 1)
    # 16 lines a pixel see a horizontal edge to within half a line at either end, cuts are rounded to 1/256
    assert np.abs(got - np.outer(down, across)).max() <= 2 / 32 + 2 / 512 + 1e-6


@given(st.permutations(range(10)), st.floats(0, 360))
def test_properties_no_order_of_edges_changes_a_bit(order, turn):
    starts, ends = (part * 0.5 + 0.5 for part in edges("star", turn=turn, stretch=1))
    assert np.array_equal(
        coverage(starts, ends, size=32), coverage(starts[list(order)], ends[list(order)], size=32)
    )


@given(st.integers(-3, 3), st.integers(-3, 3), st.floats(0, 360))
def test_properties_moving_by_whole_pixels_moves_the_coverage(right, down, turn):
    starts, ends = (part * 0.25 + 0.5 for part in edges("arrow", turn=turn, stretch=1))
    by = np.array((right, down)) / 32
    moved = coverage(starts + by, ends + by, size=32)
    still = np.roll(coverage(starts, ends, size=32), (down, right), axis=(0, 1))
    assert np.abs(moved - still).max() <= 2 / 256 + 1e-6  # cuts may round the other way


def test_a_shape_beyond_the_border_is_cut_off():
    corners = np.array([(-1.0, -1.0), (-1.0, 0.5), (0.5, 0.5), (0.5, -1.0)])
    got = coverage(corners, np.roll(corners, -1, axis=0), size=4)
    assert np.array_equal(got, np.pad(np.ones((2, 2), np.float32), ((0, 2), (0, 2))))


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "plain"])
def test_properties_textures_use_their_range_and_have_two_tones(family):
    at = ((np.arange(64) + 0.5) / 64).astype(np.float32)
    lattice = np.random.default_rng(0).random((9, 9), np.float32)
    field = texture(family, at[None], at[:, None], Weave(6.0, 30.0, 0.3, 0.6, lattice))
    assert field.shape == (64, 64)
    assert field.dtype == np.float32
    assert 0 <= field.min() < 0.3
    assert 0.7 < field.max() <= 1


def test_oracle_checks_against_counting():
    """At frequency 20/7 · 7/10 = 2 and phase 0 a chessboard has 4×4 fields; their middles alternate."""
    middles = ((np.arange(4) * 2 + 0) / 8).astype(np.float32)  # 0, 1/4, 1/2, 3/4: extremes of the wave
    field = texture("checks", middles[None], middles[:, None], Weave(20 / 7, 0, 0, 0, None))
    assert np.array_equal(field, np.indices((4, 4)).sum(axis=0) % 2)
