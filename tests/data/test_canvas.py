"""The canvas: sizes by arithmetic, pixels by closed forms and against PIL and torch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from durometer.core import PlanError, Sample, on_grid
from durometer.core.params import build
from durometer.data import Canvas, to_canvas
from durometer.data.canvas import resize_mask, resize_pixels


def sample(height, width, mask=None, **aux):
    x = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (3, height, width), np.uint8))
    return Sample("a", x, frozenset({0}), {**({} if mask is None else {"mask": mask}), **aux})


@pytest.mark.parametrize(
    ("canvas", "native", "wanted"),
    [
        (Canvas(), (500, 400), (320, 256)),  # 500 · 256 / 400
        (Canvas(), (333, 500), (256, 384)),  # 500 · 256 / 333 = 384.4, down
        (Canvas(), (349, 500), (256, 366)),  # 366.8, down as torchvision's Resize
        (Canvas(), (200, 900), (200, 900)),  # never enlarged
        (Canvas(), (256, 300), (256, 300)),
        (Canvas(short_side=8), (9, 90000), (8, 80000)),
        (Canvas(fit="squash"), (100, 700), (256, 256)),
        (Canvas(fit="squash", size=(32, 64)), (100, 700), (32, 64)),
        (Canvas(fit="center-crop", size=(224, 224)), (100, 700), (224, 224)),
        (Canvas(short_side=224, fit="center-crop"), (600, 700), (224, 224)),
    ],
)
def test_shape(canvas, native, wanted):
    assert canvas.shape(*native) == wanted
    if max(native) < 1000:
        placed = to_canvas(sample(*native, torch.ones(1, *native)), canvas)
        assert tuple(placed.x.shape) == (3, *wanted)
        assert tuple(placed.aux["mask"].shape) == (1, *wanted)


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 400))
def test_keeping_never_enlarges_and_keeps_the_aspect(height, width, short_side):
    h, w = Canvas(short_side).shape(height, width)
    assert h <= height
    assert w <= width
    assert min(h, w) == min(short_side, height, width)
    # the long side is off by less than one pixel of the short side's scale
    assert abs(max(h, w) / min(h, w) - max(height, width) / min(height, width)) < 1 / min(h, w) + 1e-9


def test_unchanged_size_keeps_every_pixel_on_the_grid():
    native = sample(20, 30)
    placed = to_canvas(native, Canvas())
    assert placed.x.dtype == torch.float32
    assert torch.equal(placed.x, native.x.float() / 255)
    assert torch.equal(placed.x, on_grid(placed.x))


@settings(max_examples=20)
@given(st.integers(0, 255), st.sampled_from(["bilinear", "bicubic"]))
def test_a_constant_image_stays_constant(level, interpolation):
    native = Sample("a", torch.full((3, 37, 91), level, dtype=torch.uint8), frozenset({0}))
    placed = to_canvas(native, Canvas(16, interpolation=interpolation))
    assert torch.equal(placed.x, torch.full_like(placed.x, level / 255))


def test_resizing_agrees_with_torch_antialiased_within_one_level():
    native = sample(123, 77).x
    ours = resize_pixels(native, (40, 25)).float()
    theirs = torch.nn.functional.interpolate(
        native[None].float(), (40, 25), mode="bilinear", antialias=True, align_corners=False
    )[0]
    assert (ours - theirs).abs().max() <= 1.0


def test_resizing_is_pils_own():
    native = sample(61, 47).x
    image = Image.fromarray(native.permute(1, 2, 0).numpy())
    wanted = np.asarray(image.resize((20, 30), Image.Resampling.BICUBIC))
    assert np.array_equal(resize_pixels(native, (30, 20), "bicubic").permute(1, 2, 0).numpy(), wanted)
    gray = resize_pixels(native[:1], (30, 20))
    assert torch.equal(gray[0], resize_pixels(native[:1].expand(3, -1, -1), (30, 20))[0])


def test_center_crop_takes_the_middle():
    # columns 0 … 9 hold their own number; short side 6 stays, the middle 4 of 10 columns are 3 … 6
    x = torch.arange(10, dtype=torch.uint8).expand(3, 6, 10)
    placed = to_canvas(Sample("a", x, frozenset({0})), Canvas(6, "center-crop", (4, 4)))
    assert (placed.x[0, 0] * 255).round().tolist() == [3, 4, 5, 6]


def test_mask_keeps_its_share_and_follows_the_image():
    mask = torch.zeros(1, 400, 600)
    mask[:, 100:300, 150:300] = 1  # 200 · 150 / (400 · 600) = 0.125
    native = sample(400, 600, mask)
    placed = to_canvas(native, Canvas(100))
    assert placed.aux["mask"].mean().item() == pytest.approx(0.125, abs=1e-4)
    # the object's edge is in the same place in both: an image that is its mask stays its mask
    drawn = Sample("a", (mask * 255).to(torch.uint8).expand(3, -1, -1), frozenset({0}), {"mask": mask})
    again = to_canvas(drawn, Canvas(100))
    assert (again.x[:1] - again.aux["mask"]).abs().max() <= 0.5 / 255 + 1e-6


@settings(max_examples=25)
@given(st.integers(2, 60), st.integers(2, 60), st.integers(1, 70), st.integers(1, 70), st.integers(0, 9))
def test_a_mask_stays_in_the_unit_range(height, width, h, w, seed):
    mask = torch.from_numpy(np.random.default_rng(seed).random((1, height, width)).astype(np.float32)).round()
    small = resize_mask(mask, (h, w))
    assert small.min() >= 0
    assert small.max() <= 1


def test_boxes_follow():
    # 400×600 -> 100×150 (a quarter), then the middle 100×100: 25 columns less on the left
    # the second is cut at the left edge, the third is none and stays so
    boxes = torch.tensor([[200.0, 40.0, 400.0, 80.0], [0.0, 0.0, 160.0, 400.0], [0.0] * 4])
    placed = to_canvas(sample(400, 600, boxes=boxes), Canvas(100, "center-crop"))
    assert placed.aux["boxes"].tolist() == [[25.0, 10.0, 75.0, 20.0], [0.0, 0.0, 15.0, 100.0], [0.0] * 4]


def test_the_sample_itself_is_left_alone():
    native = sample(40, 50, torch.ones(1, 40, 50))
    before = native.x.clone()
    to_canvas(native, Canvas(20)).x.zero_()
    to_canvas(native, Canvas()).aux["mask"]
    assert torch.equal(native.x, before)


def test_errors_name_what_does_not_fit():
    with pytest.raises(PlanError, match="does not fit into a short side of 224"):
        build(Canvas, {"short_side": 224, "fit": "center-crop", "size": [256, 256]}, where="canvas")
    with pytest.raises(PlanError, match="keeping the aspect gives no fixed size"):
        build(Canvas, {"size": [256, 256]}, where="canvas")
    with pytest.raises(PlanError, match="a height and a width"):
        build(Canvas, {"fit": "squash", "size": [256]}, where="canvas")
    with pytest.raises(PlanError, match="short_side = 0 is outside"):
        build(Canvas, {"short_side": 0}, where="canvas")
