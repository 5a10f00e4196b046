"""Gray, contrast and plain colors. (B, C, H, W) float32 in [0, 1], C 1 or 3."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from durometer.ops.exact import mean

LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601: what red, green and blue add to brightness."""


def luma(x: Tensor) -> Tensor:
    """Return (B, 1, H, W): the brightness of each pixel; a one-channel picture as it is."""
    if x.shape[1] != len(LUMA):
        return x[:, :1]
    red, green, blue = (x[:, i : i + 1] * share for i, share in enumerate(LUMA))
    return red + green + blue


def toward_gray(x: Tensor, amount: float) -> Tensor:
    """Return x with this share of its color taken away: 0 as it is, 1 gray."""
    return (1 - amount) * x + amount * luma(x)


def contrast(x: Tensor, factor: float) -> Tensor:
    """Return x with differences from its mean brightness multiplied: 1 as it is, 0 plain gray."""
    middle = mean(luma(x)).to(x)[:, None, None, None]
    return (factor * x + (1 - factor) * middle).clamp(0, 1)


def plain(like: Tensor, color: Sequence[float]) -> Tensor:
    """Return a picture of one color in the shape of `like`; with one channel, that color's brightness."""
    values = like.new_tensor(list(color))[None, :, None, None]
    values = values if like.shape[1] == len(color) else luma(values)
    return values.expand_as(like).clone()
