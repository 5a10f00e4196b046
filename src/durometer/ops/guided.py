"""The guided filter: smooths one picture and keeps the edges of another."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.ops.color import luma


def box_mean(x: Tensor, radius: int) -> Tensor:
    """Return the mean over a square of 2 radius + 1 pixels around each pixel, as much of it as is on the
    canvas.

    Computed in float64 by running sums, so that it costs the same at any radius.
    """
    return _box(_box(x.double(), radius, -1), radius, -2)


def guided(mask: Tensor, guide: Tensor, *, radius: int, eps: float = 1e-3) -> Tensor:
    """Return the mask (B, 1, H, W), smoothed where the guide is smooth, its edges moved to the guide's.

    In each window the mask is fitted by a plane over the guide's brightness, whose ridge is `eps`; fits are
    averaged (He et al., 2013), and the result is kept in [0, 1].

    Args:
        mask: (B, 1, H, W) in [0, 1].
        guide: (B, 1, H, W) in [0, 1].
        radius: Of the window, in pixels.
        eps: Variance of the guide below which it has no edge.
    """
    p, i = mask.double(), guide.double()
    mean_i, mean_p = box_mean(i, radius), box_mean(p, radius)
    slope = (box_mean(i * p, radius) - mean_i * mean_p) / (box_mean(i * i, radius) - mean_i.square() + eps)
    level = mean_p - slope * mean_i
    out = box_mean(slope, radius) * i + box_mean(level, radius)
    return out.clamp(0, 1).to(mask.dtype)


def enlarged(mask: Tensor, x: Tensor) -> Tensor:
    """Return a small mask (1, 1, h, w) at the size of its picture, its edge drawn to the picture's edges."""
    height, width = x.shape[-2:]
    big = F.interpolate(mask, size=(height, width), mode="bilinear", align_corners=False)
    radius = max(1, round(1.5 * height / mask.shape[-2]))
    return guided(big, luma(x), radius=radius, eps=1e-3)


def _box(x: Tensor, radius: int, axis: int) -> Tensor:
    n = x.shape[axis]
    at = torch.arange(n, device=x.device)
    low, high = (at - radius).clamp_min(0), (at + radius + 1).clamp_max(n)
    shape = list(x.shape)
    shape[axis] = 1
    sums = torch.cat((x.new_zeros(shape), x.cumsum(axis)), dim=axis)
    count = (high - low).to(x.dtype)
    total = sums.index_select(axis, high) - sums.index_select(axis, low)
    return total / (count if axis == -1 else count[:, None])
