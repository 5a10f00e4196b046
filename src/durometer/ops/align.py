"""Bringing one object onto another: as a whole (turn, scale, carry) or by the boxes around them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.ops.exact import levels
from durometer.ops.masks import area, bounding_box, centroid
from durometer.ops.warp import Box, Point, Similarity

ROUND = 0.05
"""Below this difference of the two axes' spreads (relative) an object has no direction to speak of."""


@dataclass(frozen=True)
class BoxToBox:
    """Carry one box (left, top, right, bottom) onto another; sides may stretch differently."""

    source: Box
    target: Box

    @property
    def across(self) -> float:
        """How much wider things get."""
        return (self.target[2] - self.target[0]) / (self.source[2] - self.source[0])

    @property
    def down(self) -> float:
        """How much taller things get."""
        return (self.target[3] - self.target[1]) / (self.source[3] - self.source[1])

    @property
    def scale(self) -> float:
        """The smaller of the two: how much must be averaged."""
        return min(self.across, self.down)

    def enlarged(self, times: float, about: Point) -> BoxToBox:
        """Return the motion after which things are so many times larger, a point of the source kept."""
        left, top, right, bottom = self.source
        x, y = about
        nearer = (
            x + (left - x) / times,
            y + (top - y) / times,
            x + (right - x) / times,
            y + (bottom - y) / times,
        )
        return BoxToBox(nearer, self.target)

    def backward(self) -> tuple[float, float, float, float, float, float]:
        """Return (a, b, c, d, e, f): the source of (x, y) is (a·x + b·y + c, d·x + e·y + f)."""
        a, e = 1 / self.across, 1 / self.down
        return a, 0.0, self.source[0] - a * self.target[0], 0.0, e, self.source[1] - e * self.target[1]

    def box(self, box: Box) -> Box:
        """Return where a box goes."""
        left, right = (self.target[0] + self.across * (x - self.source[0]) for x in (box[0], box[2]))
        top, bottom = (self.target[1] + self.down * (y - self.source[1]) for y in (box[1], box[3]))
        return left, top, right, bottom


def box_to_box(source: Tensor, target: Tensor) -> list[BoxToBox]:
    """Return for each pair of masks (B, 1, H, W), none of them empty, the motion of one box to the other."""
    pairs = zip(bounding_box(source).tolist(), bounding_box(target).tolist(), strict=True)
    return [BoxToBox(tuple(map(float, s)), tuple(map(float, t))) for s, t in pairs]  # type: ignore[arg-type]


def as_a_whole(source: Tensor, target: Tensor, *, turn: bool) -> list[Similarity]:
    """Return for each pair of masks (B, 1, H, W) the motion that gives one the other's centroid and area.

    With `turn` the long axis of one is laid on the other's too, the shorter way round (90° at most); where
    one of them has no long axis, nothing is turned.
    """
    centers = [[(x, y) for x, y in centroid(mask).tolist()] for mask in (source, target)]
    areas = [area(mask).tolist() for mask in (source, target)]
    axes = [long_axis(mask) for mask in (source, target)]
    return [
        Similarity(a, b, math.sqrt(big / small) if small and big else 1.0, _between(p, q) if turn else 0.0)
        for a, b, small, big, p, q in zip(*centers, *areas, *axes, strict=True)
    ]


def long_axis(mask: Tensor) -> list[float | None]:
    """Return each object's long axis in degrees counterclockwise, −90 to 90; None if it is round."""
    whole = levels(mask)[:, 0].double() / 65536
    height, width = whole.shape[-2:]
    center = centroid(mask)
    x = torch.arange(width, device=mask.device).double() + 0.5 - center[:, :1]
    y = torch.arange(height, device=mask.device).double() + 0.5 - center[:, 1:]
    return [_axis(m, across, down) for m, across, down in zip(whole, x, y, strict=True)]


def _axis(mask: Tensor, across: Tensor, down: Tensor) -> float | None:
    weight = float(mask.sum())
    if not weight:
        return None
    xx = float((mask.sum(dim=0) * across * across).sum()) / weight
    yy = float((mask.sum(dim=1) * down * down).sum()) / weight
    xy = float(((mask * across).sum(dim=1) * down).sum()) / weight
    if math.hypot(xx - yy, 2 * xy) < ROUND * (xx + yy):
        return None
    return -math.degrees(0.5 * math.atan2(2 * xy, xx - yy))


def _between(start: float | None, end: float | None) -> float:
    if start is None or end is None:
        return 0.0
    return (end - start + 90) % 180 - 90
