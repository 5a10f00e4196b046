"""Plainer and busier wave by wave, beside numpy; and the search for an asked complexity."""

import numpy as np
import pytest
import torch

from durometer.ops.waves import Waves, reach
from durometer.testing.scenes import toy_batch


def picture(height=61, width=83, seed=0):
    generator = np.random.default_rng(seed)
    smooth = toy_batch(1, height, width).x[0].numpy()
    return torch.from_numpy((0.2 + 0.5 * smooth + 0.1 * generator.random(smooth.shape)).astype(np.float32))


def by_numpy(x, size, gain):
    """Continue by the mirror image to `size`, multiply the spectrum, cut, clip."""
    x = x.numpy().astype(float)
    (height, width), (tall, broad) = x.shape[1:], size
    top, left = (tall - height) // 2, (broad - width) // 2
    ends = ((0, 0), (top, tall - height - top), (left, broad - width - left))
    f = np.fft.fft2(np.pad(x, ends, mode="reflect"), norm="ortho")
    scaled = f * gain(np.abs(f))
    scaled[:, 0, 0] = f[:, 0, 0]
    return np.fft.ifft2(scaled, norm="ortho").real[:, top : top + height, left : left + width].clip(0, 1)


# 61 · 1.125 = 68.6 and 83 · 1.125 = 93.4: the next even lengths of 2, 3 and 5 are 72 and 96
SIZE = (72, 96)


@pytest.mark.parametrize("strength", [-0.5, -0.02, 0.02, 0.5])
def test_oracle_gradient_shifts_every_amplitude_and_keeps_phases(strength):
    x = picture()
    wanted = by_numpy(x, SIZE, lambda a: np.maximum(0, a + strength) / a)
    assert np.abs(Waves(x, "gradient").moved(strength).numpy() - wanted).max() < 1e-4


@pytest.mark.parametrize("strength", [-1.5, -0.3, 0.3, 0.8])
def test_oracle_spectrum_scales_by_a_power_of_frequency(strength):
    x = picture()
    down, across = np.fft.fftfreq(SIZE[0])[:, None] * 61, np.fft.fftfreq(SIZE[1]) * 61
    power = (1 + (down**2 + across**2) / 16) ** (strength / 2)
    wanted = by_numpy(x, SIZE, lambda a: power)
    assert np.abs(Waves(x, "spectrum").moved(strength).numpy() - wanted).max() < 1e-4


@pytest.mark.parametrize("by", ["gradient", "spectrum"])
def test_no_strength_is_no_change_and_all_of_it_leaves_one_color(by):
    x = picture()
    assert (Waves(x, by).moved(0.0) - x).abs().max() < 1e-5
    plain = Waves(x, by).moved(-1024.0)
    assert (plain - plain.mean(dim=(-2, -1), keepdim=True)).abs().max() < 1e-3
    assert (plain.mean(dim=(-2, -1)) - x.mean(dim=(-2, -1))).abs().max() < 0.02


def test_oracle_plainer_by_gradient_is_the_nearest_picture_that_plain():
    # y = moved(-s) must minimize |y - x|² / 2 + s Σ|F(y)|: convex, so no small step may lower it. Even sides
    # that stay as they are when continued don't exist; a picture that is its own continuation stands in
    x = picture()
    waves = Waves(x, "gradient")
    wide = torch.fft.irfft2(waves._waves, s=SIZE, norm="ortho")
    kept = torch.fft.irfft2(waves._waves * waves._gain(-0.1), s=SIZE, norm="ortho")

    def cost(y):
        amplitudes = torch.fft.fft2(y.double(), norm="ortho").abs().sum()
        return float((y - wide).double().square().sum() / 2 + 0.1 * amplitudes)

    generator = torch.Generator().manual_seed(0)
    for size in (1e-3, 1e-2, 1e-1):
        for _ in range(5):
            assert cost(kept) < cost(kept + size * torch.randn(kept.shape, generator=generator))
    assert cost(kept) < cost(wide)


@pytest.mark.parametrize("by", ["gradient", "spectrum"])
def test_any_strength_gives_a_picture(by):
    busiest = Waves(picture(), by).moved(1024.0)
    assert 0 <= float(busiest.min()) <= float(busiest.max()) <= 1  # a comparison with NaN is false


class TestReach:
    @pytest.mark.parametrize("by", ["gradient", "spectrum"])
    @pytest.mark.parametrize("ratio", [0.1, 0.5, 0.97, 1.03, 2.0, 4.0])
    def test_the_target_is_met(self, by, ratio):
        x = picture(64, 64)

        def slope(v):  # any number that grows with the strength will do
            return float(v.diff(dim=-1).abs().mean())

        found = reach(x, slope, ratio * slope(x), by=by)
        assert slope(found) == pytest.approx(ratio * slope(x), rel=0.01)

    def test_what_can_not_be_met_ends_at_the_bound(self):
        x = picture(32, 32)
        found = reach(x, lambda v: float(v.std()), 2.0)  # no picture in [0, 1] has a deviation above a half
        assert float(found.std()) < 0.6
        assert 0 <= float(found.min()) <= float(found.max()) <= 1

    def test_what_is_measured_was_finished(self):
        x, seen = picture(32, 32), []
        reach(x, lambda v: seen.append(v) or float(v.std()), 0.1, finish=lambda v: v.round())
        assert all(set(v.unique().tolist()) <= {0.0, 1.0} for v in seen)

    def test_the_input_is_left_alone(self):
        x = picture(32, 32)
        before = x.clone()
        reach(x, lambda v: float(v.std()), 0.01)
        assert torch.equal(x, before)
