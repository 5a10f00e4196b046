"""JPEG by the cosine transform against PIL's codec, and its gradients."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, stress
from durometer.ops.jpeg import CHROMINANCE, LUMINANCE, _halved, _steps, _waves, jpeg
from durometer.stress import STRESSORS
from durometer.stress.corruptions.constants import CONSTANTS


def photo(name, height, width):
    pixels = load_sample_image(name)[100 : 100 + height, 200 : 200 + width]
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def by_pil(x, quality):
    pixels = x[0].mul(255).round().byte().permute(1, 2, 0).numpy()
    held = io.BytesIO()
    Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0]).save(held, "JPEG", quality=quality)
    return torch.from_numpy(np.array(Image.open(held)).reshape(pixels.shape)).permute(2, 0, 1)[None].float()


def apart(x, quality):
    """Mean difference in gray levels."""
    return float((jpeg(x, quality) * 255 - by_pil(x, quality)).abs().mean())


@pytest.mark.parametrize("profile", ["imagenet-c", "imagenet-c-299", "tiny-c", "cifar-c"])
@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_differential_with_pil_at_every_constant(name, profile):
    x = photo(name, 224, 224)
    for quality in CONSTANTS["jpeg-compression"][profile]:
        assert apart(x, quality) < 0.5
        assert apart(x[:, :1], quality) < 0.3
        # what the codec changes is many times that
        assert float((x * 255 - by_pil(x, quality)).abs().mean()) > 2


@pytest.mark.parametrize(("height", "width"), [(61, 83), (16, 33), (7, 200), (33, 17), (1, 1)])
def test_differential_at_odd_sides(height, width):
    # few blocks, so that one coefficient of another whole step weighs more
    x = photo("flower.jpg", height, width)
    assert np.mean([apart(x, quality) for quality in (10, 15, 25, 50, 80, 100)]) < 0.6


@pytest.mark.parametrize("quality", [1, 5, 25, 49, 50, 51, 80, 100])
def test_differential_tables_are_those_that_pil_writes(quality):
    held = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(held, "JPEG", quality=quality)
    written = Image.open(held).quantization
    for i, table in enumerate((LUMINANCE, CHROMINANCE)):
        assert _steps(table, quality).flatten().tolist() == written[i]


def test_oracle_a_plain_picture_stays_and_a_wave_is_cut_to_whole_steps():
    gray = torch.full((1, 1, 16, 16), 128 / 255)
    assert torch.equal(jpeg(gray, 10), gray)
    # 8 × 8 of level 138: the first coefficient is 8 · 10 = 80; its step at quality 50 is 16, so it stays;
    # of level 139 it is 88 = 5.5 steps, rounded to even 6, so 96 / 8 = 12 levels: 140
    assert (jpeg(torch.full((1, 1, 8, 8), 138 / 255), 50) * 255).round().unique().tolist() == [138]
    assert (jpeg(torch.full((1, 1, 8, 8), 139 / 255), 50) * 255).round().unique().tolist() == [140]
    assert torch.allclose(_waves() @ _waves().T, torch.eye(8, dtype=torch.float64), atol=1e-12)


def test_oracle_color_is_halved_with_halves_rounded_in_turn():
    # means of 2 × 2: 1.5 and 1.5; the first is rounded down, the second up
    x = torch.tensor([[1.0, 2, 1, 2], [1, 2, 1, 2]])[None, None]
    assert _halved(x, False).tolist() == [[[[1, 2]]]]


def test_gradients_pass_where_values_are_rounded():
    x = photo("china.jpg", 32, 48).requires_grad_()
    made = STRESSORS.make("jpeg-dct", {"severity": 3})
    out = made.replay(x, {})
    assert torch.allclose(out, jpeg(x.detach(), 15), atol=1e-6)
    (gradient,) = torch.autograd.grad(out.sum(), x)
    # without rounding and clamping the codec leaves the mean of the picture as it is: each pixel counts once
    assert float((gradient != 0).float().mean()) > 0.99
    assert float(gradient.mean()) == pytest.approx(1, abs=0.05)
    moved = jpeg(x.detach() + 8 / 255, 15).sum() - jpeg(x.detach(), 15).sum()
    assert float(moved) == pytest.approx(float(gradient.sum()) * 8 / 255, rel=0.1)
    hard = torch.autograd.grad(jpeg(x, 15).sum(), x, allow_unused=True)[0]
    assert hard is None or not bool(hard.any())


def test_batched_and_of_its_own_name():
    x = torch.cat([photo("china.jpg", 64, 64), photo("flower.jpg", 64, 64)])
    made = STRESSORS.make("jpeg-dct", {"severity": 2, "profile": "cifar-c"})
    batch = Batch(("a", "b"), x, (frozenset({0}),) * 2)
    shown = stress(made, batch, Dice(0, made.name, 1, batch.ids)).x
    assert torch.equal(shown, jpeg(x, 65))
    other = STRESSORS.make("jpeg-compression", {"severity": 2, "profile": "cifar-c"})
    assert STRESSORS.spec(made).key != STRESSORS.spec(other).key
    assert made.title == "jpeg dct, 2"


def test_two_channels_are_refused():
    batch = Batch(("a",), torch.zeros(1, 2, 8, 8), (frozenset({0}),))
    result = stress(STRESSORS.make("jpeg-dct"), batch, Dice(0, "jpeg-dct", 1, ("a",)))
    assert result.refused == {0: "JPEG holds one channel or three, and the picture has 2"}
