"""Smooth vector fields: every pixel is looked up a little aside, its neighbors nearly as far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Param, Scalar
from durometer.threat.parametric import Cube, centers, kept_at_zero, rounded, sampled


@dataclass(frozen=True)
class VectorField(Cube):
    """All pictures whose pixels are looked up at most `pixels` aside along each axis, by a smooth field.

    The field is given at the corners of `cells` by `cells` equal cells and bilinear inside each, so that over
    a cell it changes by at most twice `pixels`. Points (B, 2 (cells + 1)²) are those shifts, right ones
    before down ones, as shares of `pixels`. Pictures are (B, C, H, W).
    """

    name: ClassVar[str] = "vector-field"

    pixels: Annotated[float, Param("largest shift along each axis", "pixels", low=0)] = 1.0
    cells: Annotated[int, Param("cells along each side: more, and the field is less smooth", low=1)] = 4
    outside: Annotated[
        Literal["zeros", "border", "reflection"], Param("what lies beyond the edge: zeros, or the picture on")
    ] = "border"

    def dimensions(self, shape: Sequence[int], /) -> int:
        """Return two coordinates a corner."""
        return int(2 * (self.cells + 1) ** 2)

    def apply(self, x: Tensor, point: Tensor, /) -> Tensor:
        """Return the pictures along the field."""
        field = self.pixels * self.field(x, point)
        across, along = centers(x)
        moved = sampled(x, across + field[:, 0], along + field[:, 1], self.outside)
        return kept_at_zero(x, moved, point)

    def field(self, x: Tensor, point: Tensor) -> Tensor:
        """Return (B, 2, H, W), the field at every pixel as shares of `pixels`."""
        side = self.cells + 1
        corners = point.reshape(-1, 2, side, side)
        tall, broad = (_between(side, n, x) for n in x.shape[-2:])
        # summed corner by corner, in one order: a matrix product would round as the batch has it
        rows = torch.stack([corners[..., k, None] * broad[:, k] for k in range(side)]).sum(dim=0)
        return torch.stack([rows[..., k, None, :] * tall[:, k, None] for k in range(side)]).sum(dim=0)

    def told(self, x: Tensor, point: Tensor, /) -> Mapping[str, Sequence[Scalar]]:
        """Return the largest shift in pixels."""
        return {"shift": rounded(self.pixels * self.size(x, point))}

    def describe(self) -> str:
        """Return the set in words: `a smooth field of shifts of up to 1 pixel, 4 × 4 cells`."""
        s = "" if self.pixels == 1 else "s"
        cells = f"{self.cells} × {self.cells} cells"
        return f"a smooth field of shifts of up to {self.pixels:g} pixel{s}, {cells}"


def _between(corners: int, pixels: int, like: Tensor) -> Tensor:
    """Return (pixels, corners), the weights of the corners at the centers of pixels; each row sums to 1."""
    at = (torch.arange(pixels, device=like.device).to(like) + 0.5) * ((corners - 1) / pixels)
    return (1 - (at[:, None] - torch.arange(corners, device=like.device).to(like)).abs()).clamp_min(0)
