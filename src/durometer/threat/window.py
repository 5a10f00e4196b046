"""Rectangles of pixels: how large, where they may stand, which one holds the most."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Window:
    """A rectangle of so many rows and columns in pictures of a size.

    Attributes:
        height, width: Of the rectangle, in pixels.
        size: (H, W) of the picture.
    """

    height: int
    width: int
    size: tuple[int, int]

    @classmethod
    def of(cls, x: Tensor, share: float, aspect: float) -> Window:
        """Return the rectangle of a share of pictures (B, C, H, W), at least one pixel."""
        height, width = int(x.shape[-2]), int(x.shape[-1])
        area = share * height * width
        rows = min(max(round(math.sqrt(area * aspect)), 1), height)
        columns = min(max(round(math.sqrt(area / aspect)), 1), width)
        return cls(rows, columns, (height, width))

    @property
    def places(self) -> tuple[int, int]:
        """How many rows and columns its top left corner may stand in."""
        return self.size[0] - self.height + 1, self.size[1] - self.width + 1

    def mask(self, corner: Tensor) -> Tensor:
        """Return (n, 1, H, W) bool, the rectangles with these corners (n, 2) int64: row and column."""
        down = torch.arange(self.size[0], device=corner.device)[None, :, None] - corner[:, 0, None, None]
        right = torch.arange(self.size[1], device=corner.device)[None, None] - corner[:, 1, None, None]
        return ((down >= 0) & (down < self.height) & (right >= 0) & (right < self.width))[:, None]

    def sums(self, value: Tensor) -> Tensor:
        """Return (B, rows, columns) float64: what a rectangle at each place holds of (B, C, H, W)."""
        total = value.double().sum(dim=1)
        total = torch.nn.functional.pad(total.cumsum(dim=1).cumsum(dim=2), (1, 0, 1, 0))
        tall = total[:, self.height :] - total[:, : -self.height]
        return tall[..., self.width :] - tall[..., : -self.width]

    def best(self, value: Tensor) -> Tensor:
        """Return (B, 2) int64: the corner of the rectangle that holds the most, the first of equals."""
        held = self.sums(value)
        flat = held.flatten(1).argmax(dim=1)
        return self.corner(flat)

    def corner(self, flat: Tensor) -> Tensor:
        """Return the corners (..., 2) of places that are counted row by row."""
        columns = self.places[1]
        return torch.stack((flat // columns, flat % columns), dim=-1)

    def fits(self, changed: Tensor) -> Tensor:
        """Return (B,) bool: do all marked pixels of (B, C, H, W) lie in one rectangle?"""
        spot = changed.any(dim=1)
        return (_extent(spot.any(dim=2)) <= self.height) & (_extent(spot.any(dim=1)) <= self.width)


def _extent(line: Tensor) -> Tensor:
    """Return (B,) how many places lie from the first marked one of (B, n) to the last, both included."""
    n = line.shape[1]
    at = torch.arange(n, device=line.device)
    first = torch.where(line, at, n).amin(dim=1)
    last = torch.where(line, at, -1).amax(dim=1)
    return (last - first + 1).clamp_min(0)
