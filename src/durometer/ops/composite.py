"""Cutting an object out of its picture and laying it over another background."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.masks import feather, neighbors

WHOLE = 0.98
"""From this alpha on a pixel's color is the object's own."""

FAINT = 1e-6


def over(background: Tensor, foreground: Tensor, alpha: Tensor) -> Tensor:
    """Return alpha · foreground + (1 − alpha) · background (Porter and Duff, 1984, "over").

    Exact where alpha is 0 or 1.

    Args:
        background: (B, C, H, W).
        foreground: (B, C, H, W).
        alpha: (B, 1, H, W) in [0, 1].
    """
    return alpha * foreground + (1 - alpha) * background


def over_premultiplied(background: Tensor, cutout: Tensor) -> Tensor:
    """Return (B, C, H, W) with a cutout (B, C + 1, H, W), color times alpha and alpha, laid over."""
    return cutout[:, :-1] + (1 - cutout[:, -1:]) * background


def premultiplied(color: Tensor, alpha: Tensor) -> Tensor:
    """Return (B, C + 1, H, W): color times alpha, then alpha."""
    return torch.cat((color * alpha, alpha), dim=1)


def cut(x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return (color, alpha) of the object, its soft edge cleaned of the old background.

    Where alpha is whole the color is the picture's own. In the soft edge it is the mean of the neighbors,
    weighted by the fourth power of their alpha: what is more object has more say. Without that, a rim of the
    old background would travel with the object.

    Args:
        x: (B, C, H, W).
        mask: (B, 1, H, W) in [0, 1].
    """
    alpha = feather(mask)
    weight = mask.square().square()
    near = neighbors(torch.cat((x * weight, weight), dim=1))
    known = near[:, -1:] > FAINT
    around = near[:, :-1] / near[:, -1:].clamp_min(FAINT)
    return torch.where((mask < WHOLE) & known, around, x), alpha


def cutout(x: Tensor, mask: Tensor) -> Tensor:
    """Return (B, C + 1, H, W) for a warp: color times mask, then the mask itself.

    A warp makes its own soft edge out of a hard one, so nothing outside the mask comes along.
    """
    color, _ = cut(x, mask)
    return premultiplied(color, mask)
