"""The fill against a sparse solver, against truths it must restore, and against any trace of the object."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from durometer.ops.fill import NOTHING_KNOWN, fill, fill_hole, hole_of, rim
from durometer.ops.masks import dilate
from durometer.ops.membrane import membrane
from durometer.ops.push_pull import push_pull
from durometer.ops.shift_map import shift_map


def blobs(height, width, seed, share=0.25):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((height, width)), 4)
    return torch.from_numpy((noise > np.quantile(noise, 1 - share)).astype(np.float32))[None, None]


def picture(height, width, seed):
    noise = np.random.default_rng(seed).random((3, height, width))
    fine = ndimage.gaussian_filter(noise, (0, 2, 2))
    return torch.from_numpy(((fine - fine.min()) / np.ptp(fine)).astype(np.float32))[None]


def laplace(x, hole):
    """Solve exactly: each hole pixel is the mean of the neighbors that are on the canvas."""
    at = -np.ones(hole.shape, int)
    at[hole] = np.arange(hole.sum())
    system, right = scipy.sparse.lil_matrix((hole.sum(), hole.sum())), np.zeros((hole.sum(), x.shape[0]))
    for k, (i, j) in enumerate(zip(*np.nonzero(hole), strict=True)):
        for a, b in ((i, j + 1), (i + 1, j), (i, j - 1), (i - 1, j)):
            if 0 <= a < hole.shape[0] and 0 <= b < hole.shape[1]:
                system[k, k] += 1
                if hole[a, b]:
                    system[k, at[a, b]] -= 1
                else:
                    right[k] += x[:, a, b]
    out = x.astype(np.float64).copy()
    out[:, hole] = scipy.sparse.linalg.spsolve(system.tocsc(), right).T.reshape(x.shape[0], -1)
    return out


class TestMembrane:
    @pytest.mark.parametrize(("seed", "share"), [(0, 0.1), (1, 0.3), (2, 0.6)])
    def test_it_solves_laplace(self, seed, share):
        x, hole = picture(64, 80, seed), blobs(64, 80, seed, share)
        exact = laplace(x[0].numpy(), hole[0, 0].numpy() > 0)
        for cycles, most in ((2, 0.12), (12, 0.004)):
            got = membrane(x, 1 - hole, cycles=cycles)[0].numpy()
            assert np.abs(got - exact).max() < most

    def test_a_ramp_is_restored(self):
        ramp = torch.linspace(0, 1, 48).expand(1, 1, 40, 48)
        hole = torch.zeros(1, 1, 40, 48)
        hole[..., 12:28, 14:33] = 1
        assert (membrane(ramp, 1 - hole, cycles=12) - ramp).abs().max() < 1e-3

    @given(st.integers(0, 10**6))
    @settings(max_examples=10, deadline=None)
    def test_nothing_is_brighter_or_darker_than_the_surroundings(self, seed):
        # the maximum principle; push-pull and the cycles may overshoot by a trace
        x, hole = picture(33, 29, seed), blobs(33, 29, seed)
        got = membrane(x, 1 - hole)
        known = x[(hole == 0).expand_as(x)]
        assert float(got.max()) <= float(known.max()) + 0.02
        assert float(got.min()) >= float(known.min()) - 0.02


class TestPushPull:
    def test_one_unknown_pixel_is_the_mean_of_its_cell(self):
        # a 2×2 picture: the three known pixels 1, 2 and 3 have the mean 2
        x = torch.tensor([[1.0, 2], [3, 9]])[None, None]
        known = torch.tensor([[1.0, 1], [1, 0]])[None, None]
        assert push_pull(x, known).flatten().tolist() == [1, 2, 3, 2]

    def test_a_weight_for_each_channel(self):
        x = torch.rand(1, 2, 9, 9, generator=torch.Generator().manual_seed(0))
        known = (torch.rand(1, 2, 9, 9, generator=torch.Generator().manual_seed(1)) > 0.5).float()
        both = push_pull(x, known)
        for c in range(2):
            assert torch.equal(both[:, c : c + 1], push_pull(x[:, c : c + 1], known[:, c : c + 1]))


class TestFill:
    @given(st.integers(0, 10**6), st.sampled_from([(40, 56), (33, 29), (8, 8), (70, 64)]))
    @settings(max_examples=12, deadline=None)
    def test_nothing_of_the_object_is_left(self, seed, size):
        # the theorem: what stood in the hole can be anything, the result is the same to the last bit
        x, mask = picture(*size, seed), blobs(*size, seed + 1)
        hole = hole_of(mask)
        other = torch.where(hole > 0, 1 - x, x)
        assert torch.equal(fill(x, mask), fill(other, mask))
        assert torch.equal(fill(x, mask)[(hole == 0).expand_as(x)], x[(hole == 0).expand_as(x)])

    def test_the_hole_reaches_a_rim_beyond_the_mask(self):
        mask = torch.zeros(1, 1, 256, 256)
        mask[..., 100:110, 100:110] = 1
        assert rim(256, 256) == 3
        assert hole_of(mask).sum().item() == 16 * 16
        faint = mask * 0.03
        assert torch.equal(hole_of(faint), hole_of(mask))

    def test_a_plain_picture_is_restored(self):
        x = torch.full((1, 3, 50, 70), 0.4)
        assert (fill(x, blobs(50, 70, 3)) - 0.4).abs().max() < 1e-5

    def test_a_repeating_texture_keeps_its_energy(self):
        # the membrane alone leaves a gray blob where stripes were: its slope is about 0
        stripes = ((torch.arange(128) // 4) % 2).float().expand(1, 3, 128, 128)
        hole = torch.zeros(1, 1, 128, 128)
        hole[..., 40:88, 40:88] = 1
        inside = (slice(None), slice(None), slice(44, 84), slice(44, 84))
        slope = lambda t: t[inside].diff(dim=-1).abs().mean().item()  # noqa: E731
        assert slope(membrane(stripes, 1 - hole)) < 0.1 * slope(stripes)
        assert slope(fill_hole(stripes, hole)) > 0.5 * slope(stripes)

    def test_holes_at_the_edge_and_in_parts(self):
        x = picture(64, 64, 5)
        mask = torch.zeros(1, 1, 64, 64)
        mask[..., :20, :20] = 1
        mask[..., 40:, 30:35] = 1
        mask[..., 50, 60:] = 1
        got = fill(x, mask)
        assert bool(torch.isfinite(got).all())
        assert 0 <= float(got.min()) <= float(got.max()) <= 1

    def test_nearly_everything_and_everything(self):
        x = torch.full((1, 3, 32, 32), 0.2)
        nearly = torch.ones(1, 1, 32, 32)
        nearly[..., :3, :3] = 0
        assert (fill(x, nearly) - 0.2).abs().max() < 1e-5
        assert torch.equal(fill(x, torch.ones(1, 1, 32, 32)), torch.full_like(x, NOTHING_KNOWN))

    def test_an_empty_mask_changes_nothing(self):
        x = picture(31, 45, 0)
        assert torch.equal(fill(x, torch.zeros(1, 1, 31, 45)), x)

    @pytest.mark.parametrize("size", [(64, 64), (51, 77), (8, 8)])
    def test_each_picture_is_filled_alone(self, size):
        x = torch.cat([picture(*size, s) for s in range(11)])
        mask = torch.cat([blobs(*size, s, 0.1 + 0.05 * s) for s in range(11)])
        together = fill(x, mask)
        assert torch.equal(together, torch.cat([fill(x[i : i + 1], mask[i : i + 1]) for i in range(11)]))
        order = [7, 0, 10, 3]
        assert torch.equal(fill(x[order], mask[order]), together[order])


def test_shifts_lead_to_known_background():
    x, hole = picture(96, 128, 1), blobs(96, 128, 2, 0.15)
    shifts = shift_map(x, hole)
    n, m = shifts.down.shape[1:]
    solid = torch.nn.functional.max_pool2d(hole, shifts.cell, ceil_mode=True)[0, 0] == 0
    reached = 0
    for i in range(n):
        for j in range(m):
            if shifts.possible[0, 0, i, j] and not solid[i, j]:
                a, b = (
                    i + int(shifts.down[0, i, j]) // shifts.cell,
                    j + int(shifts.right[0, i, j]) // shifts.cell,
                )
                assert solid[a, b]
                reached += 1
    assert reached > 20


def test_the_hole_is_a_dilation():
    mask = blobs(64, 64, 9)
    assert torch.equal(hole_of(mask), dilate(mask, rim(64, 64)))
