"""Masks: how large, where, and how to grow them. (B, 1, H, W) float32 in [0, 1], 1 on the object.

Sums are taken over whole numbers (a mask value is a count of 1/65536), so that a mask measures the same in
any batch and on any device.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.ops.exact import levels, total

SOLID = 0.5
"""A pixel belongs to the object's box if at least this much of it is object."""
TRACE = 0.02
"""A pixel with more object than this holds a trace of it."""
SOFT = 0.02
"""How far from 0 and 1 a value must be to count as partly covered."""


def area(mask: Tensor) -> Tensor:
    """Return (B,) float64: how many pixels the object covers, partly covered ones counted in part."""
    return total(mask)


def share(mask: Tensor) -> Tensor:
    """Return (B,) float64: the share of the canvas that the object covers."""
    return area(mask) / (mask.shape[-1] * mask.shape[-2])


def centroid(mask: Tensor) -> Tensor:
    """Return (B, 2) float64: (x, y) of the object's center of mass in pixels.

    Pixel i has its center at i + 0.5. For an empty mask: the center of the canvas.
    """
    whole = levels(mask)[:, 0]
    height, width = whole.shape[-2:]
    covered = whole.sum(dim=(1, 2))[:, None]
    x = _first_moment(whole.sum(dim=1))
    y = _first_moment(whole.sum(dim=2))
    at = torch.stack((x, y), dim=1).double() / covered.clamp_min(1) + 0.5
    middle = at.new_tensor((width / 2, height / 2)).expand_as(at)
    return torch.where(covered > 0, at, middle)


def bounding_box(mask: Tensor, threshold: float = SOLID) -> Tensor:
    """Return (B, 4) int64: (left, top, right, bottom), the last two exclusive; zeros for an empty mask."""
    solid = mask[:, 0] >= threshold
    left, right = _ends(solid.any(dim=1))
    top, bottom = _ends(solid.any(dim=2))
    return torch.stack((left, top, right, bottom), dim=1)


def dilate(mask: Tensor, radius: int) -> Tensor:
    """Return the mask grown by `radius` pixels in all eight directions (the largest value in the square)."""
    if radius == 0:
        return mask
    side = 2 * radius + 1
    rows = F.max_pool2d(mask, (1, side), stride=1, padding=(0, radius))
    return F.max_pool2d(rows, (side, 1), stride=1, padding=(radius, 0))


def erode(mask: Tensor, radius: int) -> Tensor:
    """Return the mask shrunk by `radius` pixels; the edge of the canvas does not eat into the object."""
    return 1 - dilate(1 - mask, radius)


def is_soft(mask: Tensor) -> Tensor:
    """Return (B,) bool: does the mask have partly covered pixels, so that its own edge must be respected?"""
    partly = (mask > SOFT) & (mask < 1 - SOFT)
    return partly.flatten(1).any(dim=1)


def neighbors(x: Tensor) -> Tensor:
    """Return the 3×3 mean with weights 1 2 1 both ways; beyond the canvas its edge is repeated."""
    p = F.pad(x, (1, 1, 1, 1), mode="replicate")
    rows = p[..., :-2] + p[..., 2:] + p[..., 1:-1] * 2
    return (rows[..., :-2, :] + rows[..., 2:, :] + rows[..., 1:-1, :] * 2) / 16


def feather(mask: Tensor) -> Tensor:
    """Return the alpha that the object is pasted with: soft masks as they are, hard ones with a soft skirt.

    The skirt is one pixel wide and lies outside, so that the object's own pixels stay exactly what they were.
    """
    skirt = torch.maximum(mask, neighbors(mask))
    return torch.where(is_soft(mask)[:, None, None, None], mask, skirt)


def _first_moment(profile: Tensor) -> Tensor:
    at = torch.arange(profile.shape[1], device=profile.device)
    return (profile * at).sum(dim=1)


def _ends(hit: Tensor) -> tuple[Tensor, Tensor]:
    n = hit.shape[1]
    at = torch.arange(n, device=hit.device)
    first = torch.where(hit, at, n).amin(dim=1)
    last = torch.where(hit, at + 1, 0).amax(dim=1)
    return torch.where(hit.any(dim=1), first, 0), last
