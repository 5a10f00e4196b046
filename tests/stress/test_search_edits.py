"""The two edits that searches brought: noise that nobody sees, and a background that somebody chose."""

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import Batch, DataError, Dice, stress
from durometer.stress import STRESSORS
from durometer.testing.scenes import toy_batch


def show(name, batch, draw=0, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(1, stressor.name, stressor.version, batch.ids, draw))


def levels(x):
    return (x * 255).round().to(torch.int64)


@pytest.fixture
def gray():
    batch = toy_batch(3, 96, 128)
    return batch.but(x=torch.full_like(batch.x, 128 / 255))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_oracle_noise_is_uniform_over_whole_levels(gray, size):
    change = levels(show("faint-noise", gray, levels=size).x) - 128
    assert change.unique().tolist() == list(range(-size, size + 1))
    # variance of a uniform whole number from -L to L: ((2L + 1)² - 1) / 12 = L (L + 1) / 3; a tile has
    # 3 · 64² draws, so the estimate is within about 2 % at three standard errors
    assert change.double().var() == pytest.approx(size * (size + 1) / 3, rel=0.03)
    assert abs(change.double().mean()) < 0.03 * size
    shares = torch.bincount((change + size).flatten()) / change.numel()
    assert shares.numpy() == pytest.approx(1 / (2 * size + 1), abs=0.01)


def test_oracle_noise_on_the_background_leaves_the_object(gray):
    solid = (gray.aux["mask"] > 0.5).to(gray.x.dtype)
    batch = gray.but(aux={**gray.aux, "mask": solid})
    change = levels(show("faint-noise", batch, where="background").x) - 128
    inside = (solid > 0).expand_as(change)
    assert (change[inside] == 0).all()
    assert (change[~inside] != 0).double().mean() == pytest.approx(
        0.8, abs=0.02
    )  # four of five levels are not 0


def test_noise_differs_by_draw_sample_and_channel(gray):
    one, other = (show("faint-noise", gray, draw).x for draw in (0, 1))
    assert not torch.equal(one, other)
    assert not torch.equal(one[0], one[1])
    assert not torch.equal(one[0, 0], one[0, 1])


@pytest.fixture
def picture(tmp_path):
    def save(height, width):
        pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "b.png")
        return str(tmp_path / "b.png"), pixels

    return save


def hard(batch):
    return batch.but(aux={**batch.aux, "mask": (batch.aux["mask"] > 0.5).to(batch.x.dtype)})


def test_oracle_a_given_background_of_the_canvas_size_is_taken_pixel_by_pixel(picture):
    batch = hard(toy_batch(3, 48, 64))
    file, pixels = picture(48, 64)
    made = levels(show("given-background", batch, file=file).x).permute(0, 2, 3, 1).numpy()
    mask = batch.aux["mask"][:, 0].numpy()
    grown = np.stack([np.asarray(Image.fromarray((m * 255).astype(np.uint8)).convert("L")) for m in mask]) > 0
    far = ~np.array([_within_two(g) for g in grown])
    originals = levels(batch.x).permute(0, 2, 3, 1).numpy()
    for i in range(3):
        np.testing.assert_array_equal(made[i][far[i]], pixels[far[i]])
        np.testing.assert_array_equal(made[i][mask[i] == 1], originals[i][mask[i] == 1])


def _within_two(mask):
    near = np.zeros_like(mask)
    for y in range(-2, 3):
        for x in range(-2, 3):
            near |= np.roll(mask, (y, x), (0, 1))
    return near


def test_oracle_another_size_is_scaled_to_cover_with_its_center(picture):
    # 96 × 96 for 48 × 64: scaled by 2/3 to 64 × 64, rows 8 to 56 kept
    batch = hard(toy_batch(1, 48, 64))
    file, pixels = picture(96, 96)
    made = levels(show("given-background", batch, file=file).aux["filled"])[0].permute(1, 2, 0).numpy()
    expected = np.asarray(Image.fromarray(pixels).resize((64, 64), Image.Resampling.BILINEAR))[8:56]
    np.testing.assert_array_equal(made, expected)


def test_errors_a_background_that_is_not_there():
    with pytest.raises(DataError, match=r"nowhere\.png"):
        show("given-background", toy_batch(1), file="nowhere.png")


def test_it_keeps_the_mask_and_hands_its_background_on():
    batch: Batch = hard(toy_batch(2, 48, 64))
    result = show("given-background", batch)
    assert torch.equal(result.aux["mask"], batch.aux["mask"])
    assert (levels(result.aux["filled"]) == 128).all()
