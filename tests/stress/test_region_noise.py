"""Noise where it belongs, as strong as asked, measured with numpy on the output."""

import numpy as np
import pytest
import torch

from durometer.core import Dice, stress
from durometer.stress.attributes.region_noise import RegionNoise


def show(stressor, batch, draw=0):
    return stress(stressor, batch, Dice(7, stressor.name, stressor.version, batch.ids, draw))


@pytest.mark.parametrize("on", ["object", "background"])
@pytest.mark.parametrize("sigma", [0.02, 0.05, 0.1])
def test_oracle_the_region_has_this_noise_and_the_other_none(on, sigma, canvas):
    plain = canvas.but(x=torch.full_like(canvas.x, 0.5))  # nothing clips within five sigma
    result = show(RegionNoise(on=on, sigma=sigma), plain)
    change = (result.x - 0.5).numpy()
    inside = np.broadcast_to(canvas.aux["mask"].numpy() >= 0.5, change.shape)
    region = inside if on == "object" else ~inside
    assert np.abs(change[~region]).max() <= 0.5 / 255 + 1e-6  # 0.5 itself is not on the 8-bit grid
    values = change[region]
    # the grid adds 1/12 of a squared gray level to the variance
    assert values.std() == pytest.approx(np.hypot(sigma, 1 / 255 / np.sqrt(12)), rel=0.02)
    assert abs(values.mean()) < 4 * sigma / np.sqrt(values.size) + 0.5 / 255
    assert torch.equal(result.aux["mask"], canvas.aux["mask"])


def test_both_regions_share_one_field_and_scale_with_sigma(canvas):
    plain = canvas.but(x=torch.full_like(canvas.x, 0.5))
    one, two = (show(RegionNoise(sigma=s), plain).x - 0.5 for s in (0.05, 0.1))
    inside = (canvas.aux["mask"] >= 0.5).expand_as(one)
    assert (two - 2 * one)[inside].abs().max() <= 2 / 255
    other = show(RegionNoise(on="background", sigma=0.05), plain).x - 0.5
    whole = Dice(7, "region-noise", 1, canvas.ids).normal("noise", tuple(canvas.x.shape[1:])) * 0.05
    together = torch.where(inside, one, other)
    assert (together - whole).abs().max() <= 1.1 / 255
