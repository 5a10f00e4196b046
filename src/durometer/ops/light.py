"""Light as a sensor counts it: sRGB decoded (IEC 61966-2-1), where lamps add up and haze mixes.

The curves are taken in float64 and rounded, so that a pixel comes out the same wherever it lies in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from durometer.ops.color import plain
from durometer.ops.within import mean_within, ratios

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""ITU-R BT.709: what linear red, green and blue add to luminance."""
ROUNDS = 4
"""Corrections for what is cut at white; each multiplies by the ratio of wanted to achieved luminance."""
DARK = 1e-4
"""Below this mean luminance nothing is scaled: black stays black."""


def to_linear(x: Tensor) -> Tensor:
    """Return sRGB values in [0, 1] as linear light in [0, 1]; differentiable."""
    wide = x.double()
    curve = ((wide.clamp_min(0) + 0.055) / 1.055) ** 2.4
    return torch.where(wide <= 0.04045, wide / 12.92, curve).to(x.dtype)


def to_srgb(light: Tensor) -> Tensor:
    """Return linear light as sRGB values; light beyond [0, 1] is cut; differentiable."""
    wide = light.double().clamp(0, 1)
    curve = 1.055 * wide.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(wide <= 0.0031308, wide * 12.92, curve).to(light.dtype)


def luminance(light: Tensor) -> Tensor:
    """Return (B, 1, H, W) from linear light (B, C, H, W); one channel as it is."""
    if light.shape[1] != len(LUMINANCE):
        return light[:, :1]
    red, green, blue = (light[:, i : i + 1] * part for i, part in enumerate(LUMINANCE))
    return red + green + blue


def relight(x: Tensor, gain: Tensor) -> Tensor:
    """Return the picture under `gain` times the light, cut at white; at gain 1 a pixel stays to the bit.

    Args:
        x: (B, C, H, W) sRGB in [0, 1].
        gain: Broadcastable to it, at least 0.
    """
    return torch.where(gain == 1, x, to_srgb(gain * to_linear(x)))


def same_luminance(x: Tensor, gain: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, list[float | None]]:
    """Relight a picture so that its mean luminance under a weight stays, by one further factor a sample.

    Where so much would be cut at white that it can't stay, it comes as near as `ROUNDS` corrections take it.

    Args:
        x: (B, C, H, W) sRGB in [0, 1].
        gain: Broadcastable to it, at least 0.
        weight: (B, 1, H, W) in [0, 1]: where the mean is taken.

    Returns:
        The picture (B, C, H, W); the gain with its factor; the new mean luminance over the old, one a sample.
    """
    light = to_linear(x)
    wanted = mean_within(luminance(light), weight)
    factor = torch.ones_like(wanted)
    for turn in range(ROUNDS + 1):
        kept = gain * factor.to(gain)[:, None, None, None]
        lit = (light * kept).clamp(0, 1)
        achieved = mean_within(luminance(lit), weight)
        if turn < ROUNDS:
            factor = torch.where(achieved > DARK, factor * (wanted / achieved.clamp_min(DARK)), factor)
    return torch.where(kept == 1, x, to_srgb(lit)), kept, ratios(achieved, wanted)


def veiled(x: Tensor, transmission: Tensor, airlight: Sequence[float]) -> Tensor:
    """Return the picture seen through haze: t · light + (1 − t) · airlight (Koschmieder, 1924).

    Args:
        x: (B, C, H, W) sRGB in [0, 1].
        transmission: Broadcastable to (B, 1, H, W): the share of the light that arrives; 1 leaves a pixel as
            it is.
        airlight: sRGB color that everything fades to.
    """
    haze = to_linear(plain(x[:, :, :1, :1], airlight))
    mixed = to_srgb(transmission * to_linear(x) + (1 - transmission) * haze)
    return torch.where(transmission < 1, mixed, x)
