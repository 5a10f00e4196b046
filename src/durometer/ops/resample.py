"""How a model sees a canvas: PIL's antialiased resize, then a crop, differentiable and batched.

The rounding of sizes and crops is torchvision's, which most classifiers were trained with:

- `fit = "crop"`: the image is scaled until it just covers `floor(size / crop)`. The side that decides gets
  exactly that, the other `floor(side * scale)`. Then the center `size` is kept; its top left corner is
  `round((scaled - size) / 2)`, half to even.
- `fit = "squash"`: both sides are scaled at once to `floor(size / crop)`, then the center is kept as above.
- `size = None`: the canvas as it is.

Pixels stay float32; PIL rounds to 8 bits after each pass. With a filter whose weights have the absolute sum
A (1 bilinear, at most 1.25 bicubic), the first rounding moves the result by at most A / 2 < 1 gray level, so
that the rounded results differ by at most one. Bicubic overshoots: PIL clamps after the horizontal pass and
again after the vertical one, and so does this. (Since Pillow 13 an image whose height shrinks by more than
twice as many pixels as its width is scaled vertically first; this module keeps the older order.)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from durometer.core import InputSpec

LUMA = (0.299, 0.587, 0.114)
"""ITU-R 601, as PIL's "L"."""
EXACT = 1e-6
"""`size / crop` within this of a whole number is that number: 224 / (224 / 232) is 232."""


class Frame(NamedTuple):
    """Where the input lies: size after scaling, and the window that is kept of it, in scaled pixels."""

    height: int
    width: int
    top: int
    left: int
    keep_height: int
    keep_width: int


def frame(height: int, width: int, spec: InputSpec) -> Frame:
    """Return how a canvas of this size becomes the input."""
    if spec.size is None:
        return Frame(height, width, 0, 0, height, width)
    keep_h, keep_w = spec.size
    scaled_h, scaled_w = (int(side / spec.crop + EXACT) for side in spec.size)
    if spec.fit == "crop":
        scaled_h, scaled_w = _cover(height, width, scaled_h, scaled_w)
    top, left = round((scaled_h - keep_h) / 2), round((scaled_w - keep_w) / 2)
    return Frame(scaled_h, scaled_w, top, left, keep_h, keep_w)


def view(canvas: Tensor, spec: InputSpec) -> Tensor:
    """Return the input (B, channels, h, w) float32 in [0, 1], RGB, of a canvas (B, C, H, W) in [0, 1].

    Differentiable; each row is the same whatever stands beside it. Range, channel order, layout, mean and
    std are not applied here, so that attacks act in [0, 1].
    """
    x = _channels(canvas, spec.channels)
    f = frame(int(x.shape[-2]), int(x.shape[-1]), spec)
    x = resize(x, f.height, f.width, spec.interpolation)
    return x[..., f.top : f.top + f.keep_height, f.left : f.left + f.keep_width]


def visible(height: int, width: int, spec: InputSpec) -> tuple[float, float, float, float]:
    """Return (top, left, bottom, right) of what `view` keeps of a canvas, in canvas pixels."""
    f = frame(height, width, spec)
    down, across = height / f.height, width / f.width
    bottom, right = f.top + f.keep_height, f.left + f.keep_width
    return f.top * down, f.left * across, bottom * down, right * across


def resize(x: Tensor, height: int, width: int, interpolation: str) -> Tensor:
    """Return (B, C, H, W) in [0, 1] resized with PIL's antialiased filter; stays in [0, 1].

    Args:
        x: Pixels.
        height: Wanted height.
        width: Wanted width.
        interpolation: `bilinear` (triangle) or `bicubic` (Keys, 1981, a = -0.5).
    """
    x = _pass(x, (int(x.shape[-2]), width), interpolation)
    if width == 1:  # torch 2.13 loses the vertical pass of a single column; a row is handled right
        return _pass(x.transpose(-1, -2), (1, height), interpolation).transpose(-1, -2)
    return _pass(x, (height, width), interpolation)


def _pass(x: Tensor, size: tuple[int, int], interpolation: str) -> Tensor:
    if tuple(x.shape[-2:]) == size:
        return x
    x = interpolate(x, size, mode=interpolation, align_corners=False, antialias=True)
    return x.clamp(0, 1) if interpolation == "bicubic" else x


def _cover(height: int, width: int, want_h: int, want_w: int) -> tuple[int, int]:
    if want_h * width >= want_w * height:  # the height decides; whole numbers, so that nothing falls short
        return want_h, want_h * width // height
    return want_w * height // width, want_w


def _channels(x: Tensor, channels: int) -> Tensor:
    have = x.shape[1]
    if have == channels:
        return x
    if channels == 1:
        weights = torch.tensor(LUMA, dtype=x.dtype, device=x.device).view(1, 3, 1, 1)
        return (x * weights).sum(dim=1, keepdim=True)
    return x.expand(-1, channels, -1, -1)
