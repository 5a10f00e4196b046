"""A one-sided Gaussian along a line, as ImageMagick blurs motion."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def swept(x: Tensor, angle: float, radius: int, sigma: float) -> Tensor:
    """Return (…, H, W) averaged from each pixel onward along a line of 2 radius + 1 pixels.

    Args:
        x: Values; the edge pixel is continued.
        angle: Of the line in degrees, 0 to the right, 90 downward.
        radius: Half the length of the line, in pixels.
        sigma: Of the weights along the line, in pixels.
    """
    height, width = x.shape[-2:]
    reach = 2 * radius
    wide = x.index_select(-2, _held(height, reach, x)).index_select(-1, _held(width, reach, x))
    weights = [math.exp(-0.5 * (i / sigma) ** 2) for i in range(reach + 1)]
    out = torch.zeros_like(x)
    for weight, (down, right) in zip(weights, _steps(angle, reach), strict=True):
        part = wide[..., reach + down : reach + down + height, reach + right : reach + right + width]
        out.add_(part, alpha=weight / sum(weights))
    return out


def _steps(angle: float, reach: int) -> list[tuple[int, int]]:
    """Return (down, right) of each pixel of the line."""
    width, turn = reach + 1, math.radians(angle)
    down, right = width * math.sin(turn), width * math.cos(turn)
    long = math.hypot(down, right)  # as ImageMagick has it: at 30° the last bit decides between two pixels
    return [(math.ceil(i * down / long - 0.5), math.ceil(i * right / long - 0.5)) for i in range(width)]


def _held(n: int, reach: int, like: Tensor) -> Tensor:
    return torch.arange(-reach, n + reach, device=like.device).clamp(0, n - 1)
