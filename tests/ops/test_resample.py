"""The view against PIL itself, worked numbers for sizes and crops, and gradients."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from durometer.core import InputSpec
from durometer.ops.resample import frame, resize, view, visible

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
SIDE = st.integers(1, 90)


def picture(height, width, seed, hard):
    """Noise; `hard` is black and white only, on which a bicubic filter overshoots most."""
    rng = np.random.default_rng(seed)
    if hard:
        return (rng.integers(0, 2, (height, width, 3)) * 255).astype(np.uint8)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def as_canvas(pixels):
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def levels(x):
    return np.rint(x[0].permute(1, 2, 0).numpy() * 255)


def pil_resize(image, height, width, kind):
    """Horizontal pass, then vertical: two calls, as Pillow 13 may choose another order within one."""
    return image.resize((width, image.height), FILTERS[kind]).resize((width, height), FILTERS[kind])


def pil_view(image, size, crop, kind):
    """What torchvision's Resize and CenterCrop do, written down again."""
    short = int(size / crop + 1e-6)
    width, height = image.size
    if height <= width:
        image = image.resize((int(short * width / height), short), FILTERS[kind])
    else:
        image = image.resize((short, int(short * height / width)), FILTERS[kind])
    top, left = round((image.height - size) / 2.0), round((image.width - size) / 2.0)
    return image.crop((left, top, left + size, top + size))


@settings(max_examples=150, deadline=None)
@given(SIDE, SIDE, SIDE, SIDE, st.sampled_from(["bilinear", "bicubic"]), st.integers(0, 99), st.booleans())
def test_differential_resize_is_within_one_gray_level_of_pil(h, w, to_h, to_w, kind, seed, hard):
    pixels = picture(h, w, seed, hard)
    wanted = np.asarray(pil_resize(Image.fromarray(pixels), to_h, to_w, kind)).astype(float)
    got = resize(as_canvas(pixels), to_h, to_w, kind)
    assert got.min() >= -1e-6
    assert got.max() <= 1 + 1e-6
    assert np.abs(levels(got) - wanted).max() <= 1


@settings(max_examples=80, deadline=None)
@given(
    st.integers(20, 120), st.floats(1, 2), st.booleans(), st.integers(4, 150),
    st.sampled_from([1.0, 0.95, 0.875]), st.sampled_from(["bilinear", "bicubic"]), st.integers(0, 99),
)  # fmt: skip
def test_differential_view_is_within_one_gray_level_of_pil(short, aspect, tall, size, crop, kind, seed):
    long = int(short * aspect)
    pixels = picture(*((long, short) if tall else (short, long)), seed, True)
    wanted = np.asarray(pil_view(Image.fromarray(pixels), size, crop, kind)).astype(float)
    spec = InputSpec(size=(size, size), crop=crop, interpolation=kind)
    assert np.abs(levels(view(as_canvas(pixels), spec)) - wanted).max() <= 1


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
@pytest.mark.parametrize(
    ("h", "w", "size"), [(375, 500, 224), (1023, 767, 128), (97, 131, 224), (1999, 1501, 299)]
)
def test_differential_view_of_photo_sizes(h, w, size, kind):
    pixels = picture(h, w, 3, True)
    wanted = np.asarray(pil_view(Image.fromarray(pixels), size, 0.875, kind)).astype(float)
    spec = InputSpec(size=(size, size), crop=0.875, interpolation=kind)
    assert np.abs(levels(view(as_canvas(pixels), spec)) - wanted).max() <= 1


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
def test_differential_squash(kind):
    pixels = picture(61, 83, 1, True)
    wanted = np.asarray(pil_resize(Image.fromarray(pixels), 32, 40, kind)).astype(float)
    got = view(as_canvas(pixels), InputSpec(size=(32, 40), fit="squash", interpolation=kind))
    assert np.abs(levels(got) - wanted).max() <= 1


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
def test_differential_of_slivers(kind):
    """Sides of one or two pixels: torch's own antialiased resize loses a pass of a single column."""
    sides = (1, 2, 3, 7)
    for h, w, to_h, to_w in itertools.product(sides, repeat=4):
        pixels = picture(h, w, 1, True)
        wanted = np.asarray(pil_resize(Image.fromarray(pixels), to_h, to_w, kind)).astype(float)
        assert np.abs(levels(resize(as_canvas(pixels), to_h, to_w, kind)) - wanted).max() <= 1, (
            h,
            w,
            to_h,
            to_w,
        )


def test_differential_gray_is_pils_luma():
    pixels = picture(40, 30, 5, False)
    wanted = np.asarray(Image.fromarray(pixels).convert("L")).astype(float)
    got = view(as_canvas(pixels), InputSpec(channels=1))
    assert got.shape == (1, 1, 40, 30)
    assert np.abs(np.rint(got[0, 0].numpy() * 255) - wanted).max() <= 1


def test_gray_canvas_gets_three_equal_channels():
    gray = torch.rand(2, 1, 8, 8)
    assert torch.equal(view(gray, InputSpec()), gray.repeat(1, 3, 1, 1))


@pytest.mark.parametrize(
    ("canvas", "spec", "expected"),
    [
        # short side 224 / 0.875 = 256, long 256 * 500 / 375 = 341.3 -> 341; corner 32 / 2, 58.5 -> 58
        ((375, 500), InputSpec(size=(224, 224), crop=0.875), (256, 341, 16, 58, 224, 224)),
        ((500, 375), InputSpec(size=(224, 224), crop=0.875), (341, 256, 58, 16, 224, 224)),
        # 128 / 0.875 = 146.29 -> 146; 146 * 341 / 256 = 194.48 -> 194; corners 18 / 2 = 9 and 66 / 2 = 33
        ((256, 341), InputSpec(size=(128, 128), crop=0.875), (146, 194, 9, 33, 128, 128)),
        # a half rounds to the even side: (10 - 5) / 2 = 2.5 -> 2, (12 - 5) / 2 = 3.5 -> 4
        ((10, 12), InputSpec(size=(5, 5), crop=0.5), (10, 12, 2, 4, 5, 5)),
        # 224 / 232 is a share that floating point rounds: 224 / (224 / 232) = 231.99999999999997
        ((464, 464), InputSpec(size=(224, 224), crop=224 / 232), (232, 232, 4, 4, 224, 224)),
        # 100 x 300 must cover 60 x 60: height decides, 60 * 300 / 100 = 180 wide
        ((100, 300), InputSpec(size=(60, 60)), (60, 180, 0, 60, 60, 60)),
        # 100 x 120 must cover 50 x 100: width decides, 100 * 100 / 120 = 83.3 -> 83 high
        ((100, 120), InputSpec(size=(50, 100)), (83, 100, 16, 0, 50, 100)),
        ((100, 300), InputSpec(size=(60, 60), fit="squash"), (60, 60, 0, 0, 60, 60)),
        ((33, 47), InputSpec(), (33, 47, 0, 0, 33, 47)),
    ],
)  # fmt: skip
def test_oracle_sizes_and_corners(canvas, spec, expected):
    assert tuple(frame(*canvas, spec)) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 600), st.integers(1, 600), st.floats(0.3, 1)
)
def test_properties_the_window_lies_inside(h, w, to_h, to_w, crop):
    f = frame(h, w, InputSpec(size=(to_h, to_w), crop=crop))
    assert f.top >= 0
    assert f.left >= 0
    assert f.top + f.keep_height <= f.height
    assert f.left + f.keep_width <= f.width
    top, left, bottom, right = visible(h, w, InputSpec(size=(to_h, to_w), crop=crop))
    assert 0 <= top < bottom <= h * (1 + 1e-12)
    assert 0 <= left < right <= w * (1 + 1e-12)


def test_oracle_visible_is_the_window_in_canvas_pixels():
    # scaled 256 x 512 from 128 x 256, factor 1/2 back: corner (16, 144) -> (8, 72), (240, 368) -> (120, 184)
    assert visible(128, 256, InputSpec(size=(224, 224), crop=0.875)) == (8.0, 72.0, 120.0, 184.0)
    assert visible(30, 40, InputSpec()) == (0.0, 0.0, 30.0, 40.0)


def test_oracle_four_pixels_to_two():
    # scale 2, triangle of half-width 2 around 1.0: pixels at 0.5, 1.5, 2.5 weigh 0.75, 0.75, 0.25: 1.75
    x = torch.tensor([0.0, 0.7, 0.35, 1.0]).view(1, 1, 1, 4)
    got = resize(x, 1, 2, "bilinear").flatten()
    expected = torch.tensor([(3 * 0.0 + 3 * 0.7 + 0.35) / 7, (0.7 + 3 * 0.35 + 3 * 1.0) / 7])
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
def test_gradient_through_the_view(kind):
    spec = InputSpec(size=(4, 4), crop=0.8, interpolation=kind)
    # away from 0 and 1, so that the clamp of the bicubic filter plays no part
    x = 0.4 + 0.2 * torch.rand(2, 3, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda t: view(t, spec), x.requires_grad_(True))


def test_gradient_is_zero_outside_the_crop():
    x = torch.rand(1, 3, 16, 32, requires_grad=True)
    view(x, InputSpec(size=(16, 16))).sum().backward()  # no scaling; keeps the columns 8 to 24
    assert x.grad is not None
    assert torch.equal(x.grad[0, 0, 0], torch.tensor([0.0] * 8 + [1.0] * 16 + [0.0] * 8))


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
def test_properties_a_row_is_the_same_in_any_batch(kind):
    x = torch.rand(7, 3, 61, 83, generator=torch.Generator().manual_seed(1))
    spec = InputSpec(size=(32, 32), crop=0.9, interpolation=kind)
    together = view(x, spec)
    assert all(torch.equal(view(x[i : i + 1], spec)[0], together[i]) for i in range(7))


@pytest.mark.parametrize("kind", ["bilinear", "bicubic"])
def test_properties_a_flat_canvas_stays_flat(kind):
    flat = torch.full((1, 3, 37, 53), 0.3)
    torch.testing.assert_close(resize(flat, 19, 80, kind), torch.full((1, 3, 19, 80), 0.3))
