"""JPEG without a codec, on any device: color at half resolution, cosine transform, tables of steps."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
CHROMINANCE = (
    17, 18, 24, 47, 99, 99, 99, 99,
    18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99,
    *[99] * 32,
)  # fmt: skip
"""Steps of the 8 × 8 coefficients at quality 50, row by row (the standard's example tables)."""
BLOCK = 8
CHANNELS = 3


def jpeg(x: Tensor, quality: int, *, soft: bool = False) -> Tensor:
    """Return (B, C, H, W) on the 8-bit grid in [0, 1]: written as JPEG of this quality and read again.

    Color is kept at half resolution (4:2:0) and enlarged by weights of 3 and 1, as libjpeg does. The
    transform is done in floating point; libjpeg does it in whole numbers, so that results differ by fractions
    of a level on average.

    Args:
        x: (B, C, H, W) in [0, 1]; C is 1, gray, or 3, RGB.
        quality: From 1 to 100, as libjpeg scales its tables.
        soft: Let gradients pass where values are rounded, as if they weren't.
    """
    levels = _rounded(x * 255, soft).clamp(0, 255)
    if x.shape[1] == 1:
        return _coded(levels, LUMINANCE, quality, soft) / 255
    y, blue, red = _rounded(_to_ycc(levels), soft).chunk(CHANNELS, 1)
    y = _coded(y, LUMINANCE, quality, soft)
    color = _coded(_halved(torch.cat((blue, red), 1), soft), CHROMINANCE, quality, soft)
    color = _doubled(color, soft)[..., : x.shape[-2], : x.shape[-1]]
    return _rounded(_to_rgb(torch.cat((y, color), 1)), soft).clamp(0, 255) / 255


def _rounded(x: Tensor, soft: bool) -> Tensor:
    return x + (x.round() - x).detach() if soft else x.round()


def _to_ycc(rgb: Tensor) -> Tensor:
    """Brightness, and how much bluer and redder, 128 for not at all."""
    red, green, blue = rgb.chunk(CHANNELS, 1)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.cat((y, 128 + (blue - y) / 1.772, 128 + (red - y) / 1.402), 1)


def _to_rgb(ycc: Tensor) -> Tensor:
    y, blue, red = ycc.chunk(CHANNELS, 1)
    blue, red = blue - 128, red - 128
    green = y - (0.299 * 1.402 * red + 0.114 * 1.772 * blue) / 0.587
    return torch.cat((y + 1.402 * red, green, y + 1.772 * blue), 1)


def _halved(x: Tensor, soft: bool) -> Tensor:
    """Means of 2 × 2, the edge continued; halves are rounded down and up in turn."""
    x = _continued(x, 2)
    bias = torch.arange(x.shape[-1] // 2, device=x.device) % 2 * 0.25 - 0.125
    return _rounded(F.avg_pool2d(x, 2) + bias.to(x), soft)


def _doubled(x: Tensor, soft: bool) -> Tensor:
    """Twice as large; each new pixel takes 9, 3, 3 and 1 sixteenths of the four around it."""
    for axis in (-2, -1):
        first, last = x.narrow(axis, 0, 1), x.narrow(axis, x.shape[axis] - 1, 1)
        n = x.shape[axis]
        before = torch.cat((first, x.narrow(axis, 0, n - 1)), axis)
        after = torch.cat((x.narrow(axis, 1, n - 1), last), axis)
        x = torch.stack(((3 * x + before) / 4, (3 * x + after) / 4), axis if axis == -1 else -2)
        x = x.flatten(-2) if axis == -1 else x.flatten(-3, -2)
    return _rounded(x, soft)


def _coded(x: Tensor, table: tuple[int, ...], quality: int, soft: bool) -> Tensor:
    """Return (B, C, H, W) levels whose 8 × 8 cosine coefficients are whole steps."""
    height, width = x.shape[-2:]
    blocks = _continued(x, BLOCK) - 128
    blocks = blocks.unfold(-2, BLOCK, BLOCK).unfold(-2, BLOCK, BLOCK)  # (B, C, h, w, 8, 8)
    waves, steps = _waves().to(x), _steps(table, quality).to(x)
    whole = _rounded(waves @ blocks @ waves.T / steps, soft) * steps
    levels = _rounded(waves.T @ whole @ waves + 128, soft).clamp(0, 255)
    return levels.transpose(-3, -2).flatten(-2).flatten(-3, -2)[..., :height, :width]


def _continued(x: Tensor, multiple: int) -> Tensor:
    """Continue the edge pixel until both sides are multiples."""
    down, right = (-n % multiple for n in x.shape[-2:])
    return F.pad(x, (0, right, 0, down), mode="replicate") if down or right else x


@lru_cache(maxsize=256)
def _steps(table: tuple[int, ...], quality: int) -> Tensor:
    """Return (8, 8): steps of a quality, from 1 to 255."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return torch.tensor([min(255, max(1, (step * scale + 50) // 100)) for step in table]).reshape(8, 8)


@lru_cache(maxsize=1)
def _waves() -> Tensor:
    """Return (8, 8) float64: the orthonormal cosine transform, a wave a row."""
    at = torch.arange(BLOCK, dtype=torch.float64)
    waves = torch.cos(math.pi * (2 * at + 1) * at[:, None] / (2 * BLOCK)) / 2
    waves[0] /= math.sqrt(2)
    return waves
