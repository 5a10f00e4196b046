"""Warps against closed forms, scipy and their own inverse."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from durometer.ops.exact_moves import mirror, translate
from durometer.ops.masks import area, centroid
from durometer.ops.warp import Similarity, warp


def disc(height, width, x, y, radius):
    rows, columns = np.mgrid[:height, :width] + 0.5
    inside = np.clip(radius - np.hypot(rows - y, columns - x) + 0.5, 0, 1)
    return torch.from_numpy(inside.astype(np.float32))[None, None]


def smooth(height=40, width=56, seed=0):
    noise = np.random.default_rng(seed).random((3, height, width))
    return torch.from_numpy(ndimage.gaussian_filter(noise, (0, 3, 3)).astype(np.float32))[None]


class TestSimilarity:
    def test_a_quarter_turn_left_takes_right_to_up(self):
        # from the center (10, 10) the point 3 to the right goes 3 up: y grows downward
        assert Similarity((10, 10), (10, 10), degrees=90).forward(13, 10) == (10, 7)

    def test_scale_then_carry(self):
        assert Similarity((2, 2), (7, 1), scale=0.5).forward(4, 6) == (8, 3)

    @given(st.floats(-360, 360), st.floats(0.05, 4), st.floats(-50, 50), st.floats(-50, 50))
    @settings(max_examples=50, deadline=None)
    def test_backward_undoes_forward(self, degrees, scale, x, y):
        motion = Similarity((3.0, -4.0), (10.0, 20.0), scale, degrees)
        a, b, c, d, e, f = motion.backward()
        u, v = motion.forward(x, y)
        assert (a * u + b * v + c, d * u + e * v + f) == (
            pytest.approx(x, abs=1e-6),
            pytest.approx(y, abs=1e-6),
        )


class TestWarp:
    def test_the_identity_gives_the_picture_back(self):
        x = smooth()
        same = warp(x, [Similarity((20, 20), (20, 20))])
        assert (same - x).abs().max() < 1e-5

    def test_quarter_turns_are_those_of_rot90(self):
        x = smooth(40, 40)
        turned = warp(x, [Similarity((20, 20), (20, 20), degrees=90)])
        assert (turned - torch.rot90(x, 1, (-2, -1))).abs().max() < 1e-5

    @pytest.mark.parametrize("degrees", [10.0, -37.0, 123.0])
    def test_turning_agrees_with_scipy(self, degrees):
        x = smooth(48, 48)
        turned = warp(x, [Similarity((24, 24), (24, 24), degrees=degrees)])[0, 0]
        other = ndimage.rotate(x[0, 0].numpy(), degrees, reshape=False, order=1)
        inside = disc(48, 48, 24, 24, 20)[0, 0] > 0.99
        assert (turned - torch.from_numpy(other))[inside].abs().max() < 1e-4

    @pytest.mark.parametrize("scale", [0.9, 0.5, 0.3, 0.08, 1.7])
    def test_a_disc_scales_by_the_square_and_stays_where_it_was(self, scale):
        shape = disc(200, 240, 121.3, 98.8, 50)
        center = tuple(centroid(shape)[0].tolist())
        moved = warp(shape, [Similarity(center, center, scale)])
        # pi r^2 s^2; the rest is the discretisation of the edge, below a pixel of its circumference
        wanted = math.pi * 50**2 * scale**2
        assert abs(area(moved).item() - wanted) < 0.01 * wanted + 1
        assert centroid(moved)[0].tolist() == pytest.approx(list(center), abs=0.1)

    @pytest.mark.parametrize("scale", [0.45, 0.25, 0.11])
    def test_shrinking_averages_instead_of_picking(self, scale):
        # one-pixel checks have mean 1/2 everywhere; picking single pixels would return 0s and 1s
        rows, columns = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
        checks = ((rows + columns) % 2).float()[None, None]
        small = warp(checks, [Similarity((128, 128), (128, 128), scale)])
        half = int(128 * scale) - 3
        inner = small[..., 128 - half : 128 + half, 128 - half : 128 + half]
        assert (inner - 0.5).abs().max() < 0.05

    def test_a_window_changes_nothing_but_the_time(self):
        shape = disc(64, 64, 30, 34, 9)
        motion = [Similarity((30, 34), (40, 20), 0.7, 20)]
        assert torch.equal(warp(shape, motion), warp(shape, motion, boxes=[(20, 24, 40, 44)]))

    def test_each_row_is_moved_alone(self):
        x = torch.cat([smooth(33, 47, s) for s in range(5)])
        motions = [
            Similarity((20, 15), (22, 14), s, d)
            for s, d in [(0.2, 0), (1.3, 9), (0.7, 60), (1, 0), (0.45, -5)]
        ]
        together = warp(x, motions)
        alone = torch.cat([warp(x[i : i + 1], motions[i : i + 1]) for i in range(5)])
        assert torch.equal(together, alone)

    def test_gradients_flow(self):
        x = smooth(16, 16).requires_grad_()
        warp(x, [Similarity((8, 8), (8, 8), 0.8, 15)]).sum().backward()
        assert float(x.grad.abs().sum()) > 0


class TestWholePixels:
    @given(st.integers(-9, 9), st.integers(-9, 9))
    @settings(max_examples=40, deadline=None)
    def test_translation_agrees_with_scipy(self, right, down):
        x = torch.arange(42, dtype=torch.float32).reshape(1, 1, 6, 7) + 1
        other = ndimage.shift(x[0, 0].numpy(), (down, right), order=0, cval=0)
        assert np.array_equal(translate(x, [(right, down)])[0, 0].numpy(), other)

    def test_mirror_by_hand(self):
        # about the line between columns 1 and 2, i -> 3 - i; column 4 would go to -1 and is lost
        row = torch.tensor([1.0, 2, 3, 4, 5]).reshape(1, 1, 1, 5)
        assert mirror(row, [3])[0, 0, 0].tolist() == [4, 3, 2, 1, 0]
        assert mirror(row.mT, [3], sideways=False)[0, 0, :, 0].tolist() == [4, 3, 2, 1, 0]
