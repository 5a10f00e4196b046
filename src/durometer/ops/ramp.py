"""Straight slopes of brightness: what light from one side adds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from durometer.ops.warp import Box


def ramp(like: Tensor, degrees: Sequence[float], boxes: Sequence[Box]) -> Tensor:
    """Return (B, 1, H, W): 1 at the side of each box that faces the light, −1 at the other, straight between.

    Beyond its box a ramp stays at 1 or −1.

    Args:
        like: (B, C, H, W), for its shape and device.
        degrees: Where the light comes from, counterclockwise; 0 is from the right, 90 from above.
        boxes: (left, top, right, bottom) in pixels.
    """
    height, width = like.shape[-2:]
    rows = [_coefficients(angle, box) for angle, box in zip(degrees, boxes, strict=True)]
    a, b, c = torch.tensor(rows, dtype=torch.float64).to(like).T[:, :, None, None, None]
    y = (torch.arange(height).to(like) + 0.5)[:, None]
    x = torch.arange(width).to(like) + 0.5
    slope: Tensor = a * x + b * y + c
    return slope.clamp(-1, 1)


def _coefficients(degrees: float, box: Box) -> tuple[float, float, float]:
    """Return (a, b, c) of a·x + b·y + c, ±1 at the corners nearest to the light and farthest from it."""
    left, top, right, bottom = box
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    reach = max(1.0, (abs(cos) * (right - left) + abs(sin) * (bottom - top)) / 2)
    a, b = cos / reach, -sin / reach
    return a, b, -a * (left + right) / 2 - b * (top + bottom) / 2
