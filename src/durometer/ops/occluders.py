"""Things that stand before an object: their shape by how far each pixel lies from their core.

A distance field (B, 1, H, W) in pixels makes a family of nested shapes: all pixels nearer than some reach,
with an edge one pixel soft. The reach that hides a given share of a mask is found by bisection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.ops.exact import total
from durometer.ops.warp import Box

BARS = 4
"""Bars across the object."""
MARGIN = 2
"""How far bars reach beyond the object's box, in pixels."""
WAVES = (2, 3, 4, 5)
"""Harmonics of a blob's outline."""
ROUGHNESS = 0.35
"""Largest coefficient of a harmonic, times its number: the radius stays between 0.36 and 1.64 of its mean."""
HALVINGS = 20
FAR = 1e4
Field = Callable[[Dice, Tensor, Sequence[Box]], Tensor]


def bars(dice: Dice, mask: Tensor, boxes: Sequence[Box]) -> Tensor:
    """Parallel bars of a drawn direction over the object's box, by their distance from the nearest axis."""
    turn, phase = dice.uniform("bars turn").tolist(), dice.uniform("bars phase").tolist()
    y, x = _grid(mask)
    out = []
    for (left, top, right, bottom), angle, offset in zip(boxes, turn, phase, strict=True):
        cos, sin = math.cos(math.pi * angle), math.sin(math.pi * angle)
        period = max(2.0, (abs(cos) * (right - left) + abs(sin) * (bottom - top)) / BARS)
        at = (x * cos + y * sin) / period + offset
        near = (at - at.floor() - 0.5).abs() * period
        inside = (x > left - MARGIN) & (x < right + MARGIN) & (y > top - MARGIN) & (y < bottom + MARGIN)
        out.append(torch.where(inside, near, FAR)[None])
    return torch.stack(out)


def ellipse(dice: Dice, mask: Tensor, boxes: Sequence[Box]) -> Tensor:
    """A turned ellipse about a drawn point of the object."""
    ratio = dice.uniform("ellipse ratio", low=1, high=2)[:, None, None, None]
    turn = dice.uniform("ellipse turn").tolist()
    dx, dy = _from_point(dice, mask)
    cos, sin = (
        torch.tensor([f(math.pi * t) for t in turn]).to(mask)[:, None, None, None]
        for f in (math.cos, math.sin)
    )
    u, v = dx * cos + dy * sin, (dy * cos - dx * sin) * ratio.to(mask)
    return torch.sqrt(u * u + v * v)


def blob(dice: Dice, mask: Tensor, boxes: Sequence[Box]) -> Tensor:
    """A thing of irregular outline about a drawn point of the object: its radius is a sum of a few waves."""
    dx, dy = _from_point(dice, mask)
    distance = torch.sqrt(dx * dx + dy * dy)
    c1, s1 = (t / distance.clamp_min(1e-6) for t in (dx, dy))
    knots = dice.uniform("blob", (2, len(WAVES)), low=-ROUGHNESS, high=ROUGHNESS).to(mask)[
        ..., None, None, None
    ]
    radius, c, s = torch.ones_like(distance), c1, s1
    for i, k in enumerate(WAVES):  # cos and sin of k times the angle from those of k - 1 times
        c, s = c * c1 - s * s1, s * c1 + c * s1
        radius = radius + (knots[:, 0, i] * c + knots[:, 1, i] * s) / k
    return distance / radius


FIELDS: dict[str, Field] = {"bars": bars, "ellipse": ellipse, "blob": blob}


def within(field: Tensor, reach: Tensor) -> Tensor:
    """Return (B, 1, H, W) in [0, 1]: everything nearer than `reach` (B,), the edge one pixel soft."""
    return (reach.to(field)[:, None, None, None] - field + 0.5).clamp(0, 1)


def covering(field: Tensor, mask: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Return (the shape of the field that hides this share of the mask, (B,) float64 the share it does hide).

    Args:
        field: (B, 1, H, W), distances in pixels.
        mask: (B, 1, H, W) in [0, 1].
        share: 0 to 1.
    """
    whole = total(mask).clamp_min(1e-9)
    low = torch.full_like(whole, -1.0)
    high = torch.full_like(whole, 3.0 * (mask.shape[-2] + mask.shape[-1]))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        less = total(within(field, middle) * mask) / whole < share
        low, high = torch.where(less, middle, low), torch.where(less, high, middle)
    shape = within(field, high)
    return shape, total(shape * mask) / whole


def drawn_point(dice: Dice, mask: Tensor) -> Tensor:
    """Return (B, 2) float64: (x, y) of a pixel's center, drawn by how much object each pixel holds."""
    weight = mask.flatten(1).mul(256).round().long().cumsum(dim=1)
    whole = weight[:, -1]
    chance = dice.uniform("point").to(weight.device).double()
    nth = torch.minimum((chance * whole).floor().long(), (whole - 1).clamp_min(0))
    chosen = (weight <= nth[:, None]).sum(dim=1).clamp_max(weight.shape[1] - 1)
    width = mask.shape[-1]
    return torch.stack((chosen % width, chosen // width), dim=1).double() + 0.5


def _grid(mask: Tensor) -> tuple[Tensor, Tensor]:
    height, width = mask.shape[-2:]
    return (torch.arange(height).to(mask) + 0.5)[:, None], torch.arange(width).to(mask) + 0.5


def _from_point(dice: Dice, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return (right, down) of each pixel from a drawn point of its mask."""
    y, x = _grid(mask)
    at = drawn_point(dice, mask).to(mask)[..., None, None, None]
    return x - at[:, 0], y - at[:, 1]
