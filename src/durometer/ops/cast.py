"""Shadows on the ground: a shape laid flat from its foot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from durometer.ops.filters import gaussian_blur
from durometer.ops.warp import Box, warp


@dataclass(frozen=True)
class Cast:
    """Carry a point at height h above the foot to (x + aside · h, foot − up · h); `up` is not 0."""

    foot: float
    aside: float
    up: float
    scale: float = 1.0
    """Shadows are smoothed afterwards; nothing need be averaged."""

    @classmethod
    def falling(cls, box: Box, degrees: float, length: float) -> Cast:
        """Return the shadow of what stands in a box.

        Args:
            box: (left, top, right, bottom) in pixels; the bottom is the foot.
            degrees: From upright in the picture, to the right; beyond ±90 it falls toward the viewer.
            length: Of the shadow, as a multiple of the height.
        """
        angle = math.radians(degrees)
        return cls(foot=box[3], aside=length * math.sin(angle), up=length * math.cos(angle))

    def backward(self) -> tuple[float, float, float, float, float, float]:
        """Return (a, b, c, d, e, f): the source of (x, y) is (a·x + b·y + c, d·x + e·y + f)."""
        ratio = self.aside / self.up
        return 1.0, ratio, -ratio * self.foot, 0.0, 1 / self.up, self.foot - self.foot / self.up

    def box(self, box: Box) -> Box:
        """Return the box around where a box goes."""
        heights = [self.foot - y for y in (box[1], box[3])]
        xs = [x + self.aside * h for x in (box[0], box[2]) for h in heights]
        ys = [self.foot - self.up * h for h in heights]
        return min(xs), min(ys), max(xs), max(ys)


def cast(mask: Tensor, shadows: Sequence[Cast], boxes: Sequence[Box], *, sigma: float) -> Tensor:
    """Return (B, 1, H, W) in [0, 1]: how much of each pixel lies in shadow, the object's own place included.

    Args:
        mask: (B, 1, H, W) in [0, 1].
        shadows: One a sample.
        boxes: Where each mask is not 0.
        sigma: Softness in pixels.
    """
    return gaussian_blur(warp(mask, shadows, boxes=boxes), sigma).clamp(0, 1)
