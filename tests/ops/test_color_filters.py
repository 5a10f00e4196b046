"""Colors and smoothing against PIL and scipy."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from durometer.ops.color import contrast, luma, plain, toward_gray
from durometer.ops.filters import gaussian_blur, lower, reflect


def picture(height, width, seed=0):
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return levels, torch.from_numpy(levels).permute(2, 0, 1)[None].float() / 255


def test_luma_is_that_of_pil():
    levels, x = picture(30, 40)
    gray = np.asarray(Image.fromarray(levels).convert("L"), np.float32) / 255
    assert np.abs(luma(x)[0, 0].numpy() - gray).max() <= 0.5 / 255 + 1e-3


def test_gray_keeps_brightness_and_takes_all_color():
    _, x = picture(9, 7)
    gray = toward_gray(x, 1.0)
    assert (luma(gray) - luma(x)).abs().max() < 1e-6
    assert (gray - gray[:, :1]).abs().max() == 0
    assert torch.equal(toward_gray(x, 0.0), x)


@pytest.mark.parametrize("factor", [0.0, 0.3, 0.8])
def test_contrast_scales_deviations_and_keeps_the_mean(factor):
    _, x = picture(16, 16)
    got = luma(contrast(x, factor))
    assert got.mean().item() == pytest.approx(luma(x).mean().item(), abs=1e-4)
    assert got.std().item() == pytest.approx(factor * luma(x).std().item(), abs=1e-4)


def test_a_plain_color_and_its_gray():
    assert plain(torch.zeros(1, 3, 2, 2), (0.1, 0.2, 0.3))[0, :, 1, 1].tolist() == pytest.approx(
        [0.1, 0.2, 0.3]
    )
    # 0.299 · 1 + 0.587 · 0 + 0.114 · 1 = 0.413
    assert plain(torch.zeros(1, 1, 2, 2), (1.0, 0.0, 1.0)).unique().item() == pytest.approx(0.413)


@pytest.mark.parametrize("sigma", [0.6, 2.0, 9.0])
def test_blur_agrees_with_scipy(sigma):
    _, x = picture(23, 31)
    other = ndimage.gaussian_filter(
        x[0, 0].double().numpy(), sigma, mode="reflect", radius=int(np.ceil(3 * sigma))
    )
    assert np.abs(gaussian_blur(x, sigma)[0, 0].numpy() - other).max() < 1e-5


def test_no_blur_is_the_picture_itself():
    _, x = picture(5, 6)
    assert torch.equal(gaussian_blur(x, 0.0), x)


def test_reflection_by_hand():
    assert reflect(torch.arange(-4, 8), 3).tolist() == [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]


@pytest.mark.parametrize("side", [40, 17, 8])
def test_lower_is_pil_down_and_up(side):
    levels, x = picture(40, 56)
    small = Image.fromarray(levels).resize((round(56 * side / 40), side), Image.Resampling.BILINEAR)
    back = np.asarray(small.resize((56, 40), Image.Resampling.BILINEAR), np.float32) / 255
    assert np.abs(lower(x, side)[0].permute(1, 2, 0).numpy() - back).max() < 2.5 / 255
