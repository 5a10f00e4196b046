"""Skins: coarse shading against scipy, detail from the pattern."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from durometer.ops.retexture import coarse, retextured


def scene(height=120, width=150):
    generator = np.random.default_rng(3)
    x = ndimage.gaussian_filter(generator.random((1, 3, height, width)), (0, 0, 2, 2)) * 3 - 1
    mask = np.zeros((1, 1, height, width))
    mask[..., 20:100, 30:120] = 1
    return torch.from_numpy(x.clip(0, 1)).float(), torch.from_numpy(mask).float()


@pytest.mark.parametrize("sigma", [1.0, 4.0, 10.0])
def test_coarse_is_nearly_scipys_gaussian_over_the_mask(sigma):
    x, mask = scene()
    m = mask[0, 0].double().numpy()
    weight = ndimage.gaussian_filter(m, sigma)
    got = coarse(x, mask, sigma)[0].double().numpy()
    for channel in range(3):
        values = x[0, channel].double().numpy()
        want = ndimage.gaussian_filter(values * m, sigma)[m > 0] / weight[m > 0]
        # within a twentieth of what it takes away, on average
        taken = np.abs(values[m > 0] - want).mean()
        assert np.abs(got[channel][m > 0] - want).mean() < taken / 20


def test_nothing_outside_the_mask_has_a_say():
    x, mask = scene()
    other = torch.where(mask > 0, x, 1 - x)
    inside = mask.expand_as(x) > 0
    assert torch.equal(coarse(x, mask, 8.0)[inside], coarse(other, mask, 8.0)[inside])


def test_a_plain_object_takes_the_pattern_at_its_own_brightness():
    # half gray under black and white stripes: their coarse mean is 1/2, so they fit as they are
    _, mask = scene()
    x = torch.full((1, 3, 120, 150), 0.5)
    stripes = (torch.arange(150) % 2).float().expand(1, 3, 120, 150)
    got = retextured(x, mask, stripes, sigma=6.0, colored=False)
    inner = got[..., 40:80, 50:100]
    assert (inner - stripes[..., 40:80, 50:100]).abs().max() < 0.03
    # a third as bright: the same stripes, 0 and 1/3
    dark = retextured(x / 3, mask, stripes, sigma=6.0, colored=False)[..., 40:80, 50:100]
    assert (dark - stripes[..., 40:80, 50:100] / 3).abs().max() < 0.02


def test_a_black_pattern_or_a_black_object_stays_finite():
    x, mask = scene()
    for one, other in ((x, torch.zeros_like(x)), (torch.zeros_like(x), x)):
        got = retextured(one, mask, other, sigma=5.0, colored=True)
        assert torch.isfinite(got).all()
        assert got[..., 40:80, 50:100].max() < 0.05
