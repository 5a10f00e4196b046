"""What can be said of a masked object in words: its color, its size, its shape."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from durometer.ops.hsv import to_hsv

HUES = (
    (13, "red"), (42, "orange"), (68, "yellow"), (155, "green"), (200, "teal"), (255, "blue"),
    (300, "purple"), (347, "pink"), (360, "red"),
)  # fmt: skip
"""Degrees up to which a hue has a name."""
DARK, DIM, DULL = 0.1, 0.25, 0.45
"""Value below which all is black, and below which it is if the saturation is below the third."""
PALE, LIGHT = 0.2, 0.7
"""Saturation below which a color is white (above this value) or gray."""
BROWN = (0.55, 0.6)
"""Orange below this value or below this saturation is brown."""
COLORS = ("black", "white", "gray", "brown", *dict.fromkeys(name for _, name in HUES))
SMALL, LARGE = 0.1, 0.22
"""Shares of the picture up to and from which an object is called small and large."""
LONG, ROUND = 1.5, 0.95
"""Ratio of the sides of a tall or wide object; how much of a round one lies in the disk of its area."""


def known(x: Tensor, mask: Tensor) -> dict[str, tuple[str, ...]]:
    """Return what is true of an object, by kind: `{"color": ("red",), "size": ("small",)}`.

    Args:
        x: (3, H, W) in [0, 1], sRGB.
        mask: (1, H, W) in [0, 1], 1 on the object; nothing is known of an empty one.
    """
    on = mask[0] > 0.5
    if not bool(on.any()):
        return {}
    found = {"color": (color(x[:, on]),), "size": size(float(mask.mean())), "shape": shape(on)}
    return {kind: words for kind, words in found.items() if words}


def color(pixels: Tensor) -> str:
    """Return the name that most of some pixels (3, P) in [0, 1] have, by hue, saturation and value."""
    hue, saturation, value = (part.flatten() for part in to_hsv(pixels[None, :, None, :]))
    ends = torch.tensor([float(end) for end, _ in HUES[:-1]])
    named = torch.tensor([COLORS.index(name) for _, name in HUES])[torch.bucketize(hue * 60, ends)]
    muddy = (value < BROWN[0]) | (saturation < BROWN[1])
    named[(named == COLORS.index("orange")) & muddy] = COLORS.index("brown")
    plain = torch.where(value > LIGHT, COLORS.index("white"), COLORS.index("gray"))
    named = torch.where(saturation < PALE, plain, named)
    named[(value < DARK) | ((value < DIM) & (saturation < DULL))] = COLORS.index("black")
    return COLORS[int(named.bincount(minlength=len(COLORS)).argmax())]


def size(share: float) -> tuple[str, ...]:
    """Return the size word of a share of the picture; none between small and large, where opinions differ."""
    return ("small",) if share <= SMALL else ("large",) if share >= LARGE else ()


def shape(on: Tensor) -> tuple[str, ...]:
    """Return the shape word of an object (H, W) bool: tall, wide, round or none."""
    rows, columns = (at.double() for at in on.nonzero(as_tuple=True))
    height, width = (float(at.max() - at.min()) + 1 for at in (rows, columns))
    if max(height, width) >= LONG * min(height, width):
        return ("tall",) if height > width else ("wide",)
    distance = torch.hypot(rows - rows.mean(), columns - columns.mean())
    inside = distance <= math.sqrt(len(rows) / math.pi)
    return ("round",) if float(inside.double().mean()) >= ROUND else ()
