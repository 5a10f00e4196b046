"""What masks are made with, each against other code or by hand."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, uniform_filter
from scipy.stats import multivariate_normal

from durometer.ops.background_prior import Patches, patches_of, saliency
from durometer.ops.guided import box_mean, guided
from durometer.ops.lab import to_lab
from durometer.ops.mixture import clusters, learn
from durometer.ops.overlap import expected_iou, iou
from durometer.ops.shrink import shrunk
from durometer.ops.ssim import ssim
from durometer.ops.superpixels import superpixels

DICE = np.random.default_rng(0)


def disk(side=64, radius=14, at=(0.5, 0.5)):
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    return torch.from_numpy(np.hypot(y - at[0], x - at[1]) * side < radius)


def two_colors(shape, fore=(0.8, 0.2, 0.1), back=(0.2, 0.5, 0.3)):
    a, b = (torch.tensor(c)[:, None, None] for c in (fore, back))
    return torch.where(shape, a, b)[None]


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        # published values of the sRGB primaries under D65 (Lindbloom's calculator)
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
    ],
)
def test_golden_lab_of_primaries(rgb, lab):
    found = to_lab(torch.tensor(rgb, dtype=torch.float32)[None, :, None, None])[0, :, 0, 0]
    assert found.tolist() == pytest.approx(lab, abs=0.02)


def test_oracle_superpixels_follow_the_edge_between_two_colors():
    shape = disk()
    labels = superpixels(to_lab(two_colors(shape))[0], 8, 8)
    own, rest = set(labels[shape].tolist()), set(labels[~shape].tolist())
    assert not own & rest  # no patch crosses the edge
    assert int(labels.max()) < 64


def test_oracle_what_is_not_tied_to_the_frame_stands_out():
    shape = disk()
    lab = to_lab(two_colors(shape))[0]
    found, dense = patches_of(lab.double().numpy(), superpixels(lab, 8, 8).numpy())
    values = saliency(found)[dense]
    assert values[shape.numpy()].min() > 0.9
    assert values[~shape.numpy()].max() < 0.1
    assert found.frame.sum() == 28  # 8 x 8 cells have 4 x 8 - 4 on the frame


def test_oracle_boundary_connectivity_by_hand():
    # Three patches in a row, 100 apart in color, so that none is alike: only the first touches the frame.
    # Tied: 1, 0, 0; background: 1 - exp(-1/2) = 0.3935, 0, 0. Place is no matter with centers together:
    # contrast 0, 100, 200 times 0.3935, scaled to 0, 1/2, 1. The least sum of background x value^2,
    # contrast x (value - 1)^2 and 0.1 x (difference of neighbors)^2 is where its derivatives vanish:
    left = np.array([[0.3935 + 0.1, -0.1, 0], [-0.1, 0.5 + 0.2, -0.1], [0, -0.1, 1 + 0.1]])
    want = np.linalg.solve(left, [0, 0.5, 1])
    color = np.array([[0.0, 0, 0], [100, 0, 0], [100, 100, 0]])
    touch = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool)
    row = Patches(color, np.full((3, 2), 0.5), np.ones(2), touch, np.array([True, False, False]))
    assert saliency(row) == pytest.approx((want - want[0]) / (want[2] - want[0]), abs=1e-4)


def test_oracle_a_plain_picture_has_no_saliency():
    lab = to_lab(torch.full((1, 3, 32, 32), 0.4))[0]
    found, _ = patches_of(lab.double().numpy(), superpixels(lab, 4, 4).numpy())
    assert (saliency(found) == 0).all()


def test_differential_mixture_with_scipy():
    points = DICE.normal(size=(500, 3)) @ np.array([[2.0, 0.3, 0], [0, 1, 0], [0.5, 0, 0.2]])
    points[:200] += 7
    of = (np.arange(500) >= 200).astype(int)
    mixture = learn(points, of, floor=0.5)
    want = sum(
        share * multivariate_normal(own.mean(0), np.cov(own.T, bias=True) + 0.5 * np.eye(3)).pdf(points)
        for share, own in ((0.4, points[:200]), (0.6, points[200:]))
    )
    assert mixture.log_density(points) == pytest.approx(np.log(want), abs=1e-9)
    assert (mixture.assign(points) == of).mean() > 0.99


def test_oracle_clusters_find_separate_clouds():
    middles = np.array([[0, 0, 0], [50, 0, 0], [0, 50, 0], [0, 0, 50]], float)
    truth = DICE.integers(0, 4, 400)
    points = middles[truth] + DICE.normal(size=(400, 3))
    labels = clusters(points, 4)
    assert len({(a, b) for a, b in zip(truth, labels, strict=True)}) == 4  # a renaming, nothing mixed
    assert clusters(np.ones((5, 3)), 4).tolist() == [0] * 5  # one color is one cluster


def test_differential_box_mean_with_scipy():
    x = torch.from_numpy(DICE.random((2, 1, 13, 17)))
    inner = box_mean(x, 2)[..., 2:-2, 2:-2].numpy()
    want = uniform_filter(x.numpy(), size=(1, 1, 5, 5))[..., 2:-2, 2:-2]
    assert inner == pytest.approx(want, abs=1e-12)
    assert float(box_mean(x, 2)[0, 0, 0, 0]) == pytest.approx(float(x[0, 0, :3, :3].mean()))


def test_oracle_guided_filter_moves_the_edge_of_a_mask_to_the_edge_of_the_picture():
    guide = torch.zeros(1, 1, 20, 40)
    guide[..., 20:] = 1.0
    mask = torch.zeros(1, 1, 20, 40)
    mask[..., 22:] = 1.0  # two pixels off
    found = guided(mask, guide, radius=6, eps=1e-4)
    assert float(found[0, 0, 10, 20]) > 0.5 > float(found[0, 0, 10, 19])
    assert torch.equal(guided(mask[..., :10], guide[..., :10], radius=3), mask[..., :10])  # 0 stays 0
    # on a plain guide it is the box mean twice
    plain = guided(mask, torch.full_like(mask, 0.3), radius=3)
    assert plain.numpy() == pytest.approx(box_mean(box_mean(mask, 3), 3).numpy(), abs=1e-6)


def numpy_ssim(x, y):
    """Windows written out one by one: sums over an 11 x 11 Gaussian, zeros beyond the edge."""
    away = np.arange(11) - 5
    window = np.exp(-(away[:, None] ** 2 + away[None] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    a, b = np.pad(x, 5), np.pad(y, 5)
    values = []
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            p, q = a[i : i + 11, j : j + 11], b[i : i + 11, j : j + 11]
            m, n = (window * p).sum(), (window * q).sum()
            vp, vq = (window * p * p).sum() - m * m, (window * q * q).sum() - n * n
            both = (window * p * q).sum() - m * n
            values.append(
                (2 * m * n + 1e-4) * (2 * both + 9e-4) / ((m * m + n * n + 1e-4) * (vp + vq + 9e-4))
            )
    return np.mean(values)


def test_differential_ssim_with_windows_written_out():
    x, y = DICE.random((2, 14, 19))
    found = ssim(torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None])
    assert float(found) == pytest.approx(numpy_ssim(x, y), abs=1e-12)
    # inside, where no window leaves the picture, the mean is scipy's Gaussian cut at 5 pixels
    assert gaussian_filter(x, 1.5, radius=5)[7, 9] == pytest.approx(
        float((torch.from_numpy(x) * _window(14, 19, 7, 9)).sum())
    )


def _window(height, width, row, column):
    y, x = np.mgrid[:height, :width]
    near = (abs(y - row) <= 5) & (abs(x - column) <= 5)
    w = np.exp(-((y - row) ** 2 + (x - column) ** 2) / 4.5) * near
    return torch.from_numpy(w / sum(math.exp(-(k**2) / 4.5) for k in range(-5, 6)) ** 2)


def test_properties_ssim_is_one_for_equal_pictures_and_symmetric():
    x, y = torch.from_numpy(DICE.random((2, 3, 1, 16, 16)))
    assert ssim(x, x).tolist() == pytest.approx([1.0] * 3)
    assert ssim(x, y).tolist() == pytest.approx(ssim(y, x).tolist())


def test_oracle_overlap_by_hand():
    a, b = torch.zeros(3, 1, 4, 4), torch.zeros(3, 1, 4, 4)
    a[0, 0, :2], b[0, 0, 1:3] = 1, 0.5  # rows 0-1 and 1-2: 4 in both, 12 in either
    a[1, 0, 0, 0] = 0.49  # not solid: both empty
    a[2, 0, 0] = 1  # against nothing
    assert iou(a, b).tolist() == [4 / 12, 1.0, 0.0]


def test_oracle_expected_overlap_by_hand():
    share = torch.zeros(4, 1, 1, 4)
    share[0, 0, 0] = torch.tensor([1.0, 0.8, 0.4, 0.0])
    # solid: the first two. Both: 1 + 0.8. Either: 1 + 1 + 0.4 + 0.
    share[1, 0, 0, :2] = 1.0
    share[2] = 0.3
    found = expected_iou(share).tolist()
    assert found == pytest.approx([1.8 / 2.4, 1.0, 0.0, 0.0])


def test_oracle_shrinking_keeps_the_aspect_and_never_enlarges():
    x = torch.rand(1, 3, 60, 90)
    assert shrunk(x, 20).shape == (1, 3, 20, 30)
    assert shrunk(x, 60) is x
    # bilinear to a third: a triangle over the pixels 11 to 15 around the center 13 of the new pixel 4
    row = torch.arange(90.0).square()
    want = float((row[11:16] * torch.tensor([1.0, 2, 3, 2, 1]) / 9).sum())
    assert float(shrunk(row.expand(1, 1, 60, 90), 20)[0, 0, 10, 4]) == pytest.approx(want)
