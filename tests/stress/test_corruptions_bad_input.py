"""What corruptions do with pictures that nobody had in mind: every one of the registry."""

import re

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import Batch, Dice, PlanError, UsageError, stress
from durometer.data.images import read_image
from durometer.stress import STRESSORS

NAMES = tuple(n for n in STRESSORS.names() if n != "nrtk" and STRESSORS.get(n).family == "corruptions")
LIGHT = ("brightness", "jpeg-compression")
"""Cheap enough for a picture of 4096 × 4096 in the quick suite."""


def pixels(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape).astype(np.float32) / 255)


def show(name, x, **values):
    made = STRESSORS.make(name, values)
    batch = Batch(tuple(f"p{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))
    return stress(made, batch, Dice(2, name, made.version, batch.ids))


def fine(x):
    return bool(torch.isfinite(x).all()) and float(x.min()) >= 0 and float(x.max()) <= 1


@pytest.mark.parametrize("name", NAMES)
class TestEach:
    @pytest.mark.parametrize("channels", [1, 2, 4, 7])
    def test_any_number_of_channels(self, name, channels):
        x = pixels(2, channels, 32, 40)
        result = show(name, x)
        if result.refused:  # with a reason that says how many it needs, and how many there are
            assert set(result.refused) == {0, 1}
            words = {1: "(1|one)"}.get(channels, channels)
            assert re.search(rf"channels?( or three)?, and the picture has {words}$", result.refused[0])
        else:
            assert result.x.shape == x.shape
            assert fine(result.x)

    @pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (1, 30), (5, 70), (90, 3)])
    def test_tiny_and_long_pictures(self, name, height, width):
        result = show(name, pixels(1, 3, height, width))
        assert result.refused or (result.x.shape == (1, 3, height, width) and fine(result.x))
        for reason in result.refused.values():
            assert re.search(rf"has {min(height, width)}$|{height} × {width}$", reason)

    def test_pixels_that_are_none_are_counted_and_leave_their_neighbors_alone(self, name):
        x = pixels(4, 3, 24, 24)
        x[0, 1, 2, 3] = float("nan")
        x[1, 0] = float("inf")
        x[2] = x[2] * 2 - 0.5
        result = show(name, x)
        assert result.refused[0] == result.refused[1] == "its pixels are not all finite"
        assert re.fullmatch(r"its pixels go from -0\.5 to 1\.5, not from 0 to 1", result.refused[2])
        alone = stress(
            STRESSORS.make(name), Batch(("p3",), x[3:], (frozenset({0}),)),
            Dice(2, name, STRESSORS.get(name).version, ("p3",)),
        )  # fmt: skip
        assert torch.equal(result.x[3], alone.x[0])
        assert bool(x.isnan().any())  # the batch that was given is what it was

    def test_an_empty_batch_stays_empty(self, name):
        result = show(name, torch.zeros(0, 3, 16, 16))
        assert result.x.shape == (0, 3, 16, 16)
        assert not result.refused

    def test_black_and_white_pictures(self, name):
        assert fine(show(name, torch.cat((torch.zeros(1, 3, 16, 16), torch.ones(1, 3, 16, 16)))).x)

    def test_what_does_not_exist_is_named(self, name):
        if name == "medmnist-augmentation":
            pytest.skip("it draws its severity")
        for values, said in (
            ({"severity": 0}, "severity = 0 is outside 1 to 5"),
            ({"severity": 6}, "severity = 6 is outside 1 to 5"),
            ({"severity": 2.5}, "severity = 2.5 is not a whole number"),
            ({"profile": "imagenet"}, "profile = 'imagenet' is not one of"),
        ):
            with pytest.raises(PlanError, match=re.escape(said)):
                STRESSORS.make(name, values)


def test_a_corruption_that_does_not_exist_is_named():
    with pytest.raises(UsageError, match="Did you mean 'gaussian-noise'"):
        STRESSORS.make("gausian-noise")


@pytest.mark.parametrize("name", ["snow", "jpeg-compression", "saturate"])
def test_sixteen_bits_from_a_file_are_read_as_eight(name, tmp_path):
    # 65535 · k / 255 = 257 · k: each level of 8 bits has one of 16; three equal channels
    levels = np.random.default_rng(1).integers(0, 256, (30, 40))
    Image.fromarray((levels * 257).astype(np.uint16)).save(tmp_path / "deep.png")
    read = read_image(tmp_path / "deep.png").x
    assert torch.equal(read, torch.from_numpy(levels.astype(np.uint8)).expand(3, -1, -1))
    assert fine(show(name, read[None].float() / 255).x)


@pytest.mark.parametrize("name", LIGHT)
def test_a_large_picture(name):
    large = pixels(1, 3, 64, 64).repeat(1, 1, 64, 64)
    assert fine(show(name, large).x)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_large_picture_of_any_kind(name):
    large = pixels(1, 3, 64, 64).repeat(1, 1, 64, 64)
    result = show(name, large)
    assert not result.refused
    assert fine(result.x)
