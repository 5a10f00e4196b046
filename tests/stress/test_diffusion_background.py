"""Diffusion with guidance: against a denoiser that is known exactly, and a tiny real one."""

import json
import sys

import numpy as np
import pytest
import torch

from durometer.core import Dice, MissingExtraError, ModelError, PlanError, stress
from durometer.models.diffusion import Denoiser, load_denoiser
from durometer.stress import STRESSORS
from durometer.stress.attributes.diffusion_background import DiffusionBackground
from durometer.testing import check_stressor
from durometer.testing.scenes import toy_batch

NAME = "diffusion-background"
ALPHAS = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


def gaussian(mean, deviation):
    """The exact denoiser of pictures whose pixels are independent normals, in [-1, 1]."""

    def guess(noisy, time):
        left = float(ALPHAS[time])
        gain = deviation**2 * left**0.5 / (deviation**2 * left + 1 - left)
        return mean + gain * (noisy - left**0.5 * mean)

    return Denoiser(3, 1, ALPHAS, guess)


def drawn(denoiser, side=64, seed=0, *, filled=None, x=None, mask=None, **values):
    gray = torch.full((1, 3, side, side), 0.5)
    filled, x = (gray if t is None else t for t in (filled, x))
    mask = torch.zeros(1, 1, side, side) if mask is None else mask
    dice = Dice(seed, NAME, 1, ("a",))
    return DiffusionBackground("", **values).drawn(denoiser, filled, x, mask, dice)


class TestSampler:
    def test_oracle_it_draws_from_the_distribution_that_the_denoiser_knows(self):
        # all noise, no guidance: pixels of mean (0.2 + 1) / 2 and deviation 0.3 / 2; 12,288 of them have a
        # mean within 0.004 and a deviation within 0.003, at three standard errors, plus the steps' own error
        made = drawn(gaussian(0.2, 0.3), strength=0.0, steps=1000, start=1.0)
        assert made.mean().item() == pytest.approx(0.6, abs=0.006)
        assert made.std().item() == pytest.approx(0.15, rel=0.05)

    def test_without_noise_the_background_stays(self):
        filled = toy_batch(1, 48, 64).aux["filled"]
        made = drawn(gaussian(0, 1), filled=filled, x=filled, mask=torch.zeros(1, 1, 48, 64), start=0.0)
        assert (made - filled).abs().max() < 1e-6

    def test_a_denoiser_that_knows_the_picture_ends_there(self):
        known = toy_batch(1, 48, 64).x
        denoiser = Denoiser(3, 1, ALPHAS, lambda noisy, time: 2 * known - 1)
        made = drawn(
            denoiser, filled=1 - known, x=known, mask=torch.zeros(1, 1, 48, 64), strength=0.0, start=1.0
        )
        assert (made - known).abs().max() < 1e-5

    def test_the_object_is_there_noised_at_every_step_but_the_last(self):
        seen, batch = [], toy_batch(1, 48, 64)
        inside = (batch.aux["mask"] > 0).expand_as(batch.x)

        def guess(noisy, time):
            left = float(ALPHAS[time])
            signal = (noisy - left**0.5 * (2 * batch.x - 1))[inside] / (1 - left) ** 0.5
            seen.append((time, signal.mean().item(), signal.std().item()))
            return torch.zeros_like(noisy)

        drawn(Denoiser(3, 1, ALPHAS, guess), filled=batch.aux["filled"], x=batch.x, mask=batch.aux["mask"],
              strength=0.0, steps=10, start=1.0)  # fmt: skip
        assert [time for time, _, _ in seen] == [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]
        for _, mean, deviation in seen[1:]:  # what is seen there is the object and standard noise
            assert abs(mean) < 0.15
            assert deviation == pytest.approx(1, abs=0.1)

    def test_steps_and_start_choose_the_times(self):
        times = []
        denoiser = Denoiser(3, 1, ALPHAS, lambda noisy, time: times.append(time) or noisy)
        drawn(denoiser, strength=0.0, steps=4, start=0.5)
        assert times == [499, 249]


class TestGuidance:
    def test_oracle_it_is_the_gradient_of_the_published_loss(self):
        # through a model that sees 0.9 x: lambda dC/dx = lambda · 0.9 / 2 · ifft(F / |F|) / channels, and the
        # penalty 50 mean((x0 - clamp x0)²) adds -50 · 2 (x0 - clamp x0) / n · 0.9
        generator = torch.Generator().manual_seed(0)
        noisy = 1.5 * torch.randn(1, 3, 12, 16, generator=generator, dtype=torch.float64)
        denoiser = Denoiser(3, 1, ALPHAS, lambda x, time: 0.9 * x)
        shown, ahead = DiffusionBackground("", strength=7.0)._guided(denoiser, noisy, 10)
        f = np.fft.fft2((0.9 * noisy.numpy() + 1) / 2)
        rise = 7.0 * 0.45 * np.fft.ifft2(f / np.abs(f)).real / 3
        over = 0.9 * noisy.numpy() - np.clip(0.9 * noisy.numpy(), -1, 1)
        fall = 50 * 2 * over / over.size * 0.9
        assert np.allclose(shown.numpy(), 0.9 * noisy.numpy())
        assert np.allclose(ahead.numpy(), rise - fall, atol=1e-10)

    def test_complexity_rises_with_lambda(self):
        found = []
        for strength in (-400.0, -100.0, 0.0, 100.0, 400.0):
            made = drawn(gaussian(0.0, 0.3), side=32, strength=strength, steps=25, start=0.6)
            found.append(np.abs(np.fft.fft2(made.numpy())).mean())
        assert found == sorted(found)
        assert found[-1] > 1.2 * found[0]


diffusers = pytest.importorskip("diffusers", reason="the extra `diffusion` is not installed")


def tiny(folder, channels=3):
    torch.manual_seed(0)
    unet = diffusers.UNet2DModel(
        sample_size=32, in_channels=channels, out_channels=channels, layers_per_block=1,
        block_out_channels=(8, 8), norm_num_groups=4, add_attention=False,
        down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
    )  # fmt: skip
    unet.save_pretrained(folder / "unet")
    diffusers.DDPMScheduler(num_train_timesteps=100).save_pretrained(folder / "scheduler")
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("diffusion"))


@pytest.mark.parametrize("strength", [0.0, 50.0])
def test_contract(folder, strength):
    stressor = STRESSORS.make(NAME, {"model": folder, "strength": strength, "steps": 2, "start": 1.0})
    check_stressor(stressor, batch=toy_batch(4, 30, 41))


@pytest.mark.parametrize("start", [0.2, 0.6, 1.0])
def test_the_object_keeps_every_pixel_and_the_background_does_not(folder, start):
    batch = toy_batch(2, 48, 50)  # a width that the model can't halve
    stressor = STRESSORS.make(NAME, {"model": folder, "steps": 5, "start": start})
    result = stress(stressor, batch, Dice(0, NAME, 1, batch.ids))
    whole = (batch.aux["mask"] == 1).expand_as(batch.x)
    assert torch.equal(result.x[whole], batch.x[whole])
    assert torch.equal(result.aux["mask"], batch.aux["mask"])
    away = (batch.aux["mask"] == 0).expand_as(batch.x)
    assert (result.x - batch.x)[away].abs().mean() > 0.02
    published = [np.abs(np.fft.fft2(x.numpy())).mean() for x in result.x]
    assert result.facts["published_complexity"] == pytest.approx(published, rel=1e-4)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
def test_the_three_ways_to_say_it_are_those_of_diffusers(folder, tmp_path, kind):
    unet = diffusers.UNet2DModel.from_pretrained(folder, subfolder="unet")
    scheduler = diffusers.DDPMScheduler(num_train_timesteps=100, prediction_type=kind, clip_sample=False)
    unet.save_pretrained(tmp_path / "unet")
    scheduler.save_pretrained(tmp_path / "scheduler")
    noisy = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        theirs = scheduler.step(unet(noisy, 40).sample, 40, noisy).pred_original_sample
        ours = load_denoiser(str(tmp_path)).guess(noisy, 40)
    assert (ours - theirs).abs().max() < 1e-4


def test_wrong_channels_are_refused_sample_by_sample(tmp_path):
    batch = toy_batch(3, 32, 32)
    stressor = STRESSORS.make(NAME, {"model": tiny(tmp_path, channels=1)})
    result = stress(stressor, batch, Dice(0, NAME, 1, batch.ids))
    assert result.refused == dict.fromkeys(
        range(3), "the diffusion model draws 1 channels, the picture has 3"
    )
    assert result.facts["complexity"] == (None,) * 3


def test_errors_of_the_folder(tmp_path):
    with pytest.raises(PlanError, match="the parameter 'model' must be given"):
        STRESSORS.make(NAME)
    with pytest.raises(ModelError, match="there is no such folder"):
        load_denoiser(str(tmp_path / "nowhere"))
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet/config.json").write_text(json.dumps({"_class_name": "UNet2DModel"}))
    with pytest.raises(
        ModelError, match=r"no diffusion model could be read .* It must hold a UNet2DModel in unet/"
    ):
        load_denoiser(str(tmp_path))


def test_its_absence_is_told_by_the_extras_name(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'durometer\[diffusion\]'"):
        load_denoiser(str(tmp_path))
