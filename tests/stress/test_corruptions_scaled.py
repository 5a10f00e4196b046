"""The profile `scaled`: the same severity at any resolution, measured after PIL's own resize."""

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, PlanError, stress
from durometer.stress import STRESSORS
from durometer.stress.corruptions.scale import DETAIL, HOW, fitted, grid

NAMES = tuple(HOW)
BAND = 0.16
"""Of the RMS at 224."""


def picture(name, side):
    """A photograph bundled with scikit-learn, its middle at this size by PIL; (1, 3, side, side)."""
    whole = Image.fromarray(load_sample_image(name)[:, 106:533])
    pixels = np.array(whole.resize((side, side), Image.Resampling.BOX))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def show(name, x, severity, profile="scaled"):
    ids = tuple(f"p{i}" for i in range(len(x)))
    made = STRESSORS.make(name, {"severity": severity, "profile": profile})
    return stress(made, Batch(ids, x, (frozenset({0}),) * len(x)), Dice(5, name, made.version, ids))


def at_224(x):
    pixels = x[0].mul(255).round().byte().permute(1, 2, 0).numpy()
    return np.array(Image.fromarray(pixels).resize((224, 224), Image.Resampling.BOX)).astype(float)


def seen(name, photo, side, severity, profile="scaled"):
    """RMS change in gray levels that a model of 224 pixels sees."""
    x = picture(photo, side)
    result = show(name, x, severity, profile)
    assert not result.refused
    return np.sqrt(((at_224(result.x) - at_224(x)) ** 2).mean())


@pytest.mark.parametrize("name", NAMES)
def test_the_change_that_is_seen_is_the_same_at_any_resolution(name):
    side = 448 if name in DETAIL else 64
    wanted = seen(name, "china.jpg", 224, 4)
    assert seen(name, "china.jpg", side, 4) == pytest.approx(wanted, rel=BAND)


@pytest.mark.slow
@pytest.mark.parametrize("photo", ["china.jpg", "flower.jpg"])
@pytest.mark.parametrize("name", NAMES)
def test_at_every_severity_and_resolution(name, photo):
    for severity in range(1, 6):
        wanted = seen(name, photo, 224, severity)
        for side in (300, 448, 896) if name in DETAIL else (64, 128, 300, 448, 896):
            assert seen(name, photo, side, severity) == pytest.approx(wanted, rel=BAND), (severity, side)


@pytest.mark.parametrize(
    ("name", "factor"),
    # from 224 to 448: white noise halves when averaged over 2 × 2; pixels and blocks half as large hide less
    [("gaussian-noise", 2), ("impulse-noise", 2), ("pixelate", 1.5), ("jpeg-compression", 1.5)],
)
def test_where_the_published_constants_drift(name, factor):
    drift = seen(name, "china.jpg", 224, 3, "imagenet-c") / seen(name, "china.jpg", 448, 3, "imagenet-c")
    assert drift > 0.9 * factor


@pytest.mark.parametrize("name", NAMES)
def test_at_224_it_is_the_published_corruption(name):
    x = picture("china.jpg", 224)
    assert torch.equal(show(name, x, 3).x, show(name, x, 3, "imagenet-c").x)


def twice(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


@pytest.mark.parametrize("name", ["gaussian-noise", "shot-noise", "impulse-noise", "speckle-noise"])
def test_theorem_a_print_twice_as_large_is_the_larger_print_of_the_corrupted(name):
    # every pixel is now 2 × 2 pixels of one color, and so is every grain: nothing is left to chance
    x = picture("flower.jpg", 224)
    assert torch.equal(show(name, twice(x), 3).x, twice(show(name, x, 3).x))


@pytest.mark.parametrize("name", sorted(DETAIL))
def test_detail_that_is_not_there_can_not_be_taken_away(name):
    result = show(name, picture("china.jpg", 128), 3)
    assert result.refused == {
        0: "scaled, it changes detail that needs 224 pixels a side, and the picture has 128"
    }


def test_a_wide_picture_has_the_grid_of_its_short_side():
    assert grid(448, 896) == (224, 448)
    assert grid(300, 400) == (224, 299)  # 400 · 224 / 300 = 298.67
    assert grid(64, 32) == (448, 224)
    x = torch.full((1, 3, 448, 900), 0.5)
    noisy = show("gaussian-noise", x, 1).x[0, 0]
    assert torch.equal(noisy[::2], noisy[1::2])  # grains are two pixels high
    assert (noisy - 0.5).std() == pytest.approx(0.08, rel=0.02)  # σ of severity 1


def test_what_is_not_of_the_list_is_refused_before_anything_runs():
    from durometer.stress.corruptions.gaussian_noise import GaussianNoise

    class Foreign(GaussianNoise):
        name = "foreign"

    with pytest.raises(ValueError, match="profile = 'scaled' doesn't hold for foreign"):
        Foreign(profile="scaled")
    with pytest.raises(PlanError, match="profile = 'scalled' is not one of"):
        STRESSORS.make("fog", {"profile": "scalled"})


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gets_its_change_in_any_batch(name):
    x = torch.cat([picture("china.jpg", 256), picture("flower.jpg", 256), picture("china.jpg", 256).flip(-1)])
    made = STRESSORS.make(name, {"severity": 2, "profile": "scaled"})
    batch = Batch(("a", "b", "c"), x, (frozenset({0}),) * 3)
    together = stress(made, batch, Dice(1, name, 1, batch.ids)).x
    for i in range(3):
        alone = batch.select([i])
        assert torch.equal(stress(made, alone, Dice(1, name, 1, alone.ids)).x[0], together[i])


def test_oracle_a_layer_at_another_size():
    layer = torch.tensor([[0.0, 1.0]])
    # pixel centers of the larger stand at −0.25, 0.25, 0.75, 1.25 of the smaller's
    assert fitted(layer, torch.zeros(1, 4))[0].tolist() == [0.0, 0.25, 0.75, 1.0]
    assert fitted(layer, torch.zeros(1, 2)) is layer
