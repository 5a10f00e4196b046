"""Low resolution as LR0.FM makes it, against PIL and by the rank of what is left."""

import tomllib
from importlib.resources import files

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import Batch, Dice, stress
from durometer.ops.pil_bicubic import bicubic, pil_bicubic, weights
from durometer.stress import STRESSORS


def show(batch, **values):
    stressor = STRESSORS.make("low-resolution", {"filter": "bicubic", **values})
    return stress(stressor, batch, Dice(7, "low-resolution", 1, batch.ids))


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def tensor(levels):
    return torch.from_numpy(levels).permute(2, 0, 1)[None].div(255)


def levels(x):
    return x[0].mul(255).round().byte().permute(1, 2, 0).numpy()


def rows_first(image, size):
    """PIL, one axis at a time: the order of every release before 13."""
    return image.resize((size[0], image.height), Image.BICUBIC).resize(size, Image.BICUBIC)


@pytest.mark.parametrize(
    ("old", "new"),
    [((64, 64), (16, 16)), ((64, 64), (150, 150)), ((61, 83), (16, 21)), ((224, 299), (32, 42)),
     ((83, 61), (21, 16)), ((21, 16), (83, 61)), ((300, 120), (224, 224)), ((40, 30), (1, 1)),
     ((1, 1), (9, 7)), ((5, 90), (5, 33)), ((90, 5), (33, 5))],
)  # fmt: skip
def test_oracle_resizing_is_pil_s_byte_for_byte(old, new):
    picture = noise(*old, 3)
    wanted = rows_first(Image.fromarray(picture), new[::-1])
    assert np.array_equal(levels(pil_bicubic(tensor(picture), *new)), np.asarray(wanted))
    if old[0] < 1.5 * old[1]:  # no tall picture, so no release takes the columns first
        at_once = Image.fromarray(picture).resize(new[::-1], Image.BICUBIC)
        assert np.array_equal(np.asarray(wanted), np.asarray(at_once))


def test_oracle_the_filter_is_keys():
    # Keys (1981) with a = -1/2: 1 at 0, 0 at 1 and 2, (9/16, -1/16) at the halves
    heights = [bicubic(d) for d in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, -0.5)]
    assert heights == [1.0, 0.5625, 0.0, -0.0625, 0.0, 0.0, 0.5625]
    # doubling 4 pixels: the new pixel 3 lies at 1.75 - 0.5 = 1.25 of the old, a quarter beyond old pixel 1
    expected = [-0.0703125, 0.8671875, 0.2265625, -0.0234375]
    assert weights(4, 8)[3].div(2**22).tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("side", [16, 32, 64, 128])
@pytest.mark.parametrize(("height", "width"), [(224, 299), (224, 224), (298, 224)])
def test_oracle_the_shift_is_two_resizes_of_pil(side, height, width):
    picture = Image.fromarray(noise(height, width, 3, seed=side)).resize((width, height))
    short = min(height, width)
    # torchvision's Resize(side): the short side gets `side`, the long one int(side * long / short)
    small = rows_first(picture, (int(side * width / short), int(side * height / short)))
    wanted = np.asarray(rows_first(small, (width, height)))
    batch = Batch(("a",), tensor(np.array(picture)), (frozenset({0}),))
    assert np.array_equal(levels(show(batch, side=side).x), wanted)


@pytest.mark.parametrize("side", [16, 32, 64])
def test_oracle_as_many_rows_and_columns_are_left_as_it_says(side, canvas):
    # down and up are products with matrices of that many rows and columns, so this is the rank of what comes
    # back; rounding to 8 bits adds noise of singular values below (sqrt(256) + sqrt(256)) / sqrt(12) levels
    calm = canvas.but(x=0.25 + 0.5 * canvas.x, aux={})  # far from black and white, where PIL would clip
    before, after = (t.x.mul(255).double().numpy() for t in (calm, show(calm, side=side)))
    floor = 1.5 * 32 / np.sqrt(12)
    assert (np.linalg.svd(before, compute_uv=False) > floor).sum(-1).min() > 1.2 * side
    ranks = (np.linalg.svd(after, compute_uv=False) > floor).sum(-1)
    assert ranks.max() <= side
    assert ranks.min() >= 0.75 * side


def test_only_detail_is_lost(canvas):
    # a level picture stays to the bit, as do the mask and, to a quarter gray level, the mean of each channel
    level = canvas.but(x=torch.full_like(canvas.x, 91 / 255))
    assert torch.equal(show(level, side=16).x, level.x)
    after = show(canvas, side=16)
    assert torch.equal(after.aux["mask"], canvas.aux["mask"])
    assert (after.x - canvas.x).mean((2, 3)).abs().max() < 0.25 / 255


def test_a_picture_that_small_already_is_refused(wide):
    result = show(wide, side=64)
    assert set(result.refused) == set(range(7))
    assert "61 pixels already; choose fewer than that" in result.refused[0]
    assert not show(wide, side=61).refused
    assert torch.equal(show(wide, side=61).x, wide.x)


def test_the_suite_holds_the_published_resolutions():
    text = files("durometer.run.suites").joinpath("lowres.toml").read_text()
    suite = tomllib.loads(text)
    (condition,) = suite["conditions"]
    assert suite["canvas"] == {"short_side": 224}  # of the whole picture, aspect kept
    assert condition == {"stress": "low-resolution", "side": [16, 32, 64, 128], "filter": "bicubic"}
    for side in condition["side"]:
        STRESSORS.make("low-resolution", {"side": side, "filter": "bicubic"})
