"""Moving, turning and scaling pixels without aliasing.

Coordinates are (x, y) in pixels from the top left corner; pixel i covers i to i + 1. What comes from outside
the canvas is 0, so pictures go in as color times alpha, with alpha as a channel. The numbers of each warp are
worked out in Python floats: the same for a sample whatever stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.ops.pyramid import even, mean_cells

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""(left, top, right, bottom) in pixels, right and bottom exclusive."""


class Motion(Protocol):
    """Where points go, straight lines staying straight; `scale` says how much smaller things get."""

    @property
    def scale(self) -> float: ...
    def backward(self) -> tuple[float, float, float, float, float, float]: ...
    def box(self, box: Box) -> Box: ...


@dataclass(frozen=True)
class Similarity:
    """Turn by `degrees` (counterclockwise) and scale about a point, then carry the point elsewhere."""

    about: Point
    to: Point
    scale: float = 1.0
    degrees: float = 0.0

    def forward(self, x: float, y: float) -> Point:
        """Return where a point goes."""
        cos, sin = self._turn()
        dx, dy = self.scale * (x - self.about[0]), self.scale * (y - self.about[1])
        return self.to[0] + cos * dx + sin * dy, self.to[1] - sin * dx + cos * dy

    def backward(self) -> tuple[float, float, float, float, float, float]:
        """Return (a, b, c, d, e, f): the source of (x, y) is (a·x + b·y + c, d·x + e·y + f)."""
        cos, sin = self._turn()
        a, b, d, e = cos / self.scale, -sin / self.scale, sin / self.scale, cos / self.scale
        c = self.about[0] - a * self.to[0] - b * self.to[1]
        f = self.about[1] - d * self.to[0] - e * self.to[1]
        return a, b, c, d, e, f

    def box(self, box: Box) -> Box:
        """Return the box around where a box goes."""
        left, top, right, bottom = box
        corners = [self.forward(x, y) for x in (left, right) for y in (top, bottom)]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def _turn(self) -> tuple[float, float]:
        quarter, rest = divmod(self.degrees, 90.0)
        if rest == 0:  # cos(90°) in floating point is not 0
            return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarter) % 4]
        angle = math.radians(self.degrees)
        return math.cos(angle), math.sin(angle)


def warp(
    x: Tensor, motions: Sequence[Motion], *, boxes: Sequence[Box] | None = None, padding: str = "zeros"
) -> Tensor:
    """Return (B, C, H, W) moved by one motion a sample, bilinear, averaged over what a pixel covers.

    Args:
        x: (B, C, H, W), color times alpha where there is alpha.
        motions: One a sample.
        boxes: Where x is not 0, if known: only what they reach is computed, the rest is 0.
        padding: What lies outside the canvas: `zeros`, `border` or `reflection`.
    """
    height, width = x.shape[-2:]
    left, top, right, bottom = _reach(motions, boxes, height, width)
    levels = [max(0, math.floor(-math.log2(m.scale) + 1e-9)) for m in motions]
    out = torch.zeros_like(x)
    for level in sorted(set(levels)):
        rows = [i for i, at in enumerate(levels) if at == level]
        part = _warp_level(x[rows], [motions[i] for i in rows], level, (left, top, right, bottom), padding)
        out[rows, :, top:bottom, left:right] = part
    return out


def _reach(
    motions: Sequence[Motion], boxes: Sequence[Box] | None, height: int, width: int
) -> tuple[int, int, int, int]:
    """Return the whole-pixel window that holds everything that can differ from 0."""
    if boxes is None:
        return 0, 0, width, height
    moved = [m.box((b[0] - 1, b[1] - 1, b[2] + 1, b[3] + 1)) for m, b in zip(motions, boxes, strict=True)]
    left, top = (min(m[i] for m in moved) for i in (0, 1))
    right, bottom = (max(m[i] for m in moved) for i in (2, 3))
    return (
        min(max(math.floor(left) - 1, 0), width),
        min(max(math.floor(top) - 1, 0), height),
        min(max(math.ceil(right) + 1, 0), width),
        min(max(math.ceil(bottom) + 1, 0), height),
    )


def _warp_level(
    x: Tensor, motions: Sequence[Motion], level: int, window: tuple[int, int, int, int], padding: str
) -> Tensor:
    """Sample the picture halved `level` times; 2×2 points a pixel do the rest of the shrinking."""
    for _ in range(level):
        x = mean_cells(x if padding == "zeros" else even(x))
    unit = 2.0**level
    rows = [tuple(v / unit for v in m.backward()) for m in motions]
    spreads = [_spread(m.scale * unit) for m in motions]
    if not any(spreads):
        return _sample(x, rows, window, (0.0,) * len(rows), (0.0,) * len(rows), padding)
    corners = [(sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    parts = [
        _sample(x, rows, window, [sx * s for s in spreads], [sy * s for s in spreads], padding)
        for sx, sy in corners
    ]
    return ((parts[0] + parts[1]) + (parts[2] + parts[3])) * 0.25  # four equal ones stay what they are


def _spread(scale: float) -> float:
    """How far the four points stand from the center, in output pixels: 0 at scale 1, 1/4 at 1/2."""
    return 0.25 * min(1.0, max(0.0, 1 / scale - 1))


def _sample(
    x: Tensor,
    rows: Sequence[tuple[float, ...]],
    window: tuple[int, int, int, int],
    right: Sequence[float],
    down: Sequence[float],
    padding: str,
) -> Tensor:
    """Return the window of the output, each point moved by (right, down) before it is looked up."""
    left, top, end, bottom = window
    height, width = x.shape[-2:]
    k = torch.tensor(rows, dtype=torch.float64).to(x)  # (B, 6)
    off = torch.tensor([right, down], dtype=torch.float64).to(x)  # (2, B)
    at_x = torch.arange(left, end).to(x)[None, None] + 0.5 + off[0][:, None, None]
    at_y = torch.arange(top, bottom).to(x)[None, :, None] + 0.5 + off[1][:, None, None]
    a, b, c, d, e, f = (k[:, i, None, None] for i in range(6))
    source_x = a * at_x + b * at_y + c
    source_y = d * at_x + e * at_y + f
    grid = torch.stack((source_x * (2 / width) - 1, source_y * (2 / height) - 1), dim=-1)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode=padding, align_corners=False)
