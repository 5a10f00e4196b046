"""Hue, saturation and value: a color as people name it (Smith, 1978). Differentiable where it is defined."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.color import LUMA


def to_hsv(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return (hue in [0, 6), saturation in [0, 1], value in [0, 1]), each (B, 1, H, W).

    Hue counts sixths of the circle: 0 red, 2 green, 4 blue; gray has hue 0 and saturation 0.

    Args:
        x: (B, C, H, W) in [0, 1]; with one channel everything is gray.
    """
    wide = widened(x)
    red, green, blue = wide[:, 0:1], wide[:, 1:2], wide[:, 2:3]
    value = torch.maximum(torch.maximum(red, green), blue)
    spread = value - torch.minimum(torch.minimum(red, green), blue)
    safe = torch.where(spread > 0, spread, torch.ones_like(spread))
    hue = torch.where(
        value == red,
        torch.remainder((green - blue) / safe, 6),
        torch.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = torch.where((spread > 0) & (hue < 6), hue, torch.zeros_like(hue))  # a tiny negative rounds to 6
    return hue, spread / torch.where(value > 0, value, torch.ones_like(value)), value


def from_hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Return (B, 3, H, W) in [0, 1]; a hue beyond [0, 6) is taken round the circle."""
    parts = []
    for start in (5, 3, 1):
        k = torch.remainder(hue + start, 6)
        parts.append(value - value * saturation * torch.minimum(k, 4 - k).clamp(0, 1))
    return torch.cat(parts, dim=1)


def recolored(x: Tensor, turn: Tensor, *, saturation: float = 1.0, value: float = 1.0) -> Tensor:
    """Return (B, C, H, W) with its hue turned and its saturation and value multiplied, both cut at 1.

    Args:
        x: (B, C, H, W) in [0, 1].
        turn: (B,) in degrees.
        saturation: Factor.
        value: Factor.
    """
    hue, old_saturation, old_value = to_hsv(x)
    hue = hue + (turn.to(x) / 60)[:, None, None, None]
    new = from_hsv(hue, (old_saturation * saturation).clamp(0, 1), (old_value * value).clamp(0, 1))
    return new if x.shape[1] == len(LUMA) else new[:, :1]


def widened(x: Tensor) -> Tensor:
    """Return (B, 3, H, W): a one-channel picture three times."""
    return x if x.shape[1] == len(LUMA) else x[:, :1].expand(-1, len(LUMA), -1, -1)
