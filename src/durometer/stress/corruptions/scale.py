"""The profile `scaled`: the constants of 224 pixels, meant the same at any resolution.

What is kept is the RMS change that is seen after the picture has been resized to 224 by averaging (BOX).
Where a grain of noise is k whole pixels a side, and so is what the average is taken over, that average is the
grain itself: the RMS is exactly that at 224, clipped values included. In between, grains and averages overlap
partly. White noise of S pixels a side, as the published constants have it, would lose all but 224 / S.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import torch.nn.functional as F
from torch import Tensor

from durometer.ops.pil_box import pil_box

if TYPE_CHECKING:
    from durometer.stress.corruptions.corruption import Corruption

REFERENCE = 224
"""Short side, in pixels, that the constants were made for."""

How = Literal["as it is", "grain", "layer", "lengths", "through"]
HOW: Mapping[str, How] = {
    "brightness": "as it is",
    "low-contrast": "as it is",
    "saturate": "as it is",
    "zoom-blur": "as it is",
    "gaussian-noise": "grain",
    "shot-noise": "grain",
    "impulse-noise": "grain",
    "speckle-noise": "grain",
    "fog": "layer",
    "frost": "layer",
    "snow": "layer",
    "spatter": "layer",
    "elastic-transform": "layer",
    "gaussian-blur": "lengths",
    "defocus-blur": "lengths",
    "motion-blur": "lengths",
    "pixelate": "lengths",
    "glass-blur": "through",
    "jpeg-compression": "through",
    "jpeg-dct": "through",
}
"""How a corruption follows the resolution.

as it is: No constant is a length in pixels.
grain: What is drawn is one number for each 224th of the short side, so that noise has the same grain, and the
    same strength, in every print of a picture; where pixels are larger than grains, a number for each pixel.
layer: What is laid over the picture (or moves it) is made for 224 and enlarged.
lengths: Constants that are lengths grow with the short side.
through: Done to the picture at 224, which is enlarged again: the blocks of JPEG and the whole pixels that
    rough glass moves are of one size only.
"""
DETAIL = frozenset({
    "gaussian-blur", "defocus-blur", "motion-blur", "zoom-blur", "glass-blur", "elastic-transform", "spatter",
    "pixelate", "jpeg-compression", "jpeg-dct",
})  # fmt: skip
"""What changes detail that a picture smaller than 224 doesn't have."""
LENGTHS: Mapping[str, Callable[[Any, float], Any]] = {
    "gaussian-blur": lambda sigma, s: sigma * s,
    "defocus-blur": lambda disk, s: (disk[0] * s, disk[1] * s),
    "motion-blur": lambda line, s: (max(1, round(line[0] * s)), line[1] * s),
    "pixelate": lambda share, s: share / s,
    "elastic-transform": lambda rubber, s: (rubber[0] * s, rubber[1], rubber[2] * s),
}
"""Constants for pictures s times as large; of rubber, the field is smoothed before it is enlarged."""


def scale_of(height: int, width: int) -> float:
    """Return how many times as large as 224 the short side is."""
    return min(height, width) / REFERENCE


def grid(height: int, width: int) -> tuple[int, int]:
    """Return (H, W) of the picture with a short side of 224."""
    scale = scale_of(height, width)
    return max(1, round(height / scale)), max(1, round(width / scale))


def refused(name: str, shape: tuple[int, int, int]) -> str:
    """Return why the profile doesn't hold for pictures of (C, H, W), or nothing."""
    short = min(shape[1:])
    if name not in DETAIL or short >= REFERENCE:
        return ""
    return f"scaled, it changes detail that needs {REFERENCE} pixels a side, and the picture has {short}"


def fitted(layer: Tensor, like: Tensor) -> Tensor:
    """Return (…, h, w) at the size of a picture (…, H, W): between its pixels, or averaged over them."""
    size = like.shape[-2:]
    if layer.shape[-2:] == size:
        return layer
    flat = layer.reshape(-1, 1, *layer.shape[-2:])
    return F.interpolate(flat, size=size, mode="bilinear", antialias=True).reshape(*layer.shape[:-2], *size)


def applied(corruption: Corruption, x: Tensor, drawn: Mapping[str, Tensor]) -> Tensor:
    """Return (B, C, H, W): the corruption as it would be at 224, followed to the size of x."""
    how, size = HOW[corruption.name], x.shape[-2:]
    if how == "through":
        return fitted(corruption.applied(pil_box(x, *grid(*size)), drawn), x)
    if how == "grain":
        drawn = {name: F.interpolate(row, size=size, mode="nearest-exact") for name, row in drawn.items()}
    if lengthened := LENGTHS.get(corruption.name):
        corruption = corruption.made_with(lengthened(corruption.constants, scale_of(*size)))
    return corruption.applied(x, drawn)
