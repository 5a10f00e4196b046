"""How busy a picture is: closed forms, numpy and scipy beside it, noise and resolution."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.ops.spectrum import background_complexity, background_window, complexity
from durometer.testing.scenes import toy_batch


def disk(height, width, radius, *, x=0.5, y=0.5):
    rows, columns = np.mgrid[:height, :width] + 0.5
    inside = np.hypot(rows - y * height, columns - x * width) < radius
    return torch.from_numpy(inside.astype(np.float32))[None, None]


def scale_free(side, seed=0):
    """A gray picture whose amplitudes fall with 1 / frequency, as photographs' do."""
    generator = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf
    picture = np.fft.ifft2(np.fft.fft2(generator.standard_normal((side, side))) / frequency).real
    picture = 0.5 + 0.12 * picture / picture.std()
    return torch.from_numpy(picture.astype(np.float32))[None, None]


class TestPublished:
    def test_oracle_it_is_the_sum_of_the_waves_amplitudes(self):
        # 0.5 + 0.2 cos + 0.1 sin: |FFT2| is HW/2 once, HW/10 twice and HW/20 twice; their mean over HW
        # frequencies is 0.5 + 0.2 + 0.1, at any resolution
        for height, width in ((24, 40), (25, 45)):
            rows, columns = np.mgrid[:height, :width]
            wave = 0.2 * np.cos(2 * np.pi * 3 * columns / width) + 0.1 * np.sin(2 * np.pi * 5 * rows / height)
            x = torch.from_numpy((0.5 + wave).astype(np.float32)).expand(1, 3, -1, -1)
            assert complexity(x).item() == pytest.approx(0.8, rel=1e-4)

    @given(st.integers(2, 17), st.integers(2, 17), st.integers(1, 3))
    @settings(max_examples=40, deadline=None)
    def test_numpy_agrees(self, height, width, channels):
        x = np.random.default_rng(height).random((2, channels, height, width), dtype=np.float32)
        wanted = np.abs(np.fft.fft2(x.astype(float))).mean(axis=(1, 2, 3))
        assert complexity(torch.from_numpy(x)).tolist() == pytest.approx(wanted.tolist(), rel=1e-5)

    def test_its_gradient_is_the_picture_of_the_phases(self):
        # C = mean |F|, and d|F| / dF = F / |F|: the gradient is the inverse transform of the phases, over C
        x = torch.from_numpy(np.random.default_rng(0).random((1, 2, 8, 6))).requires_grad_()
        (gradient,) = torch.autograd.grad(complexity(x).sum(), x)
        f = np.fft.fft2(x.detach().numpy())
        assert np.allclose(gradient.numpy(), np.fft.ifft2(f / np.abs(f)).real / 2, atol=1e-12)


class TestBackground:
    @pytest.mark.parametrize(("height", "width"), [(256, 256), (61, 83), (40, 90)])
    def test_scipy_agrees(self, height, width, by_scipy):
        generator = np.random.default_rng(1)
        x = torch.from_numpy(generator.random((2, 3, height, width), dtype=np.float32))
        mask = torch.cat((disk(height, width, 0.2 * height), disk(height, width, 0.3 * height, x=0.9)))
        wanted = [by_scipy(a, b) for a, b in zip(x, mask, strict=True)]
        assert background_complexity(x, mask).tolist() == pytest.approx(wanted, rel=1e-4)

    @pytest.mark.parametrize("deviation", [0.02, 0.1, 0.3])
    def test_noise_has_the_same_under_any_mask_at_any_size(self, deviation):
        # the transform of noise is complex normal: its modulus is Rayleigh, of mean sqrt(pi) / 2
        for side, radius in ((96, 0), (256, 0), (256, 60), (256, 110), (160, 50)):
            noise = np.random.default_rng(side).standard_normal((1, 3, side, side), dtype=np.float32)
            found = background_complexity(torch.from_numpy(0.5 + deviation * noise), disk(side, side, radius))
            assert found.item() == pytest.approx(deviation * math.sqrt(math.pi) / 2, rel=0.03)

    def test_pictures_alike_at_every_scale_have_about_the_same_at_any_size(self):
        large = scale_free(512)
        small = torch.nn.functional.avg_pool2d(large, 2)
        masks = disk(512, 512, 120), disk(256, 256, 60)
        masked = [background_complexity(x, m).item() for x, m in zip((large, small), masks, strict=True)]
        published = [complexity(x).item() for x in (large, small)]
        assert masked[0] / masked[1] == pytest.approx(1, abs=0.15)
        assert published[0] / published[1] > 1.7

    def test_nothing_of_the_object_counts(self):
        batch = toy_batch(3, 96, 128)
        mask = batch.aux["mask"]
        other = torch.where(
            mask > 0, torch.rand(batch.x.shape, generator=torch.Generator().manual_seed(0)), batch.x
        )
        assert torch.equal(background_complexity(batch.x, mask), background_complexity(other, mask))
        assert not bool(background_window(mask)[mask > 0].any())

    def test_contrast_scales_it_and_the_level_does_not(self):
        batch = toy_batch(4, 96, 128)
        mask, own = batch.aux["mask"], background_complexity(batch.x, batch.aux["mask"])
        for contrast in (0.25, 0.5, 2.0):
            changed = background_complexity(0.3 + contrast * batch.x, mask)
            assert changed.tolist() == pytest.approx((contrast * own).tolist(), rel=1e-3)

    def test_the_window_opens_smoothly_and_is_whole_inside(self):
        window = background_window(disk(256, 256, 40))[0, 0].numpy()
        assert window[128, 16:50] == pytest.approx(1)  # 16 pixels inside the frame, far from the disk
        assert max(window[0].max(), window[:, -1].max()) < 0.02
        assert np.abs(np.diff(window, axis=0)).max() < 0.15

    def test_without_background_it_is_zero(self):
        x = toy_batch(1, 32, 32).x
        assert background_complexity(x, torch.ones(1, 1, 32, 32)).item() == 0

    def test_it_is_differentiable(self):
        x = torch.from_numpy(np.random.default_rng(3).random((1, 1, 12, 14))).requires_grad_()
        mask = disk(12, 14, 2)
        assert torch.autograd.gradcheck(lambda v: background_complexity(v, mask), x)


@pytest.mark.parametrize(
    "measure", [lambda b: complexity(b.x), lambda b: background_complexity(b.x, b.aux["mask"])]
)
def test_a_sample_has_its_number_in_any_batch(measure):
    batch = toy_batch(5, 61, 83)
    together = measure(batch)
    for order in ([3], [4, 0], [2, 1, 4, 0, 3]):
        assert torch.equal(measure(batch.select(order)), together[order])
