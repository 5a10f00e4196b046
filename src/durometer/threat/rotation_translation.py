"""Rotations and translations: the picture turned about its center and shifted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Param, Scalar
from durometer.threat.parametric import Cube, centers, kept_at_zero, rounded, sampled


@dataclass(frozen=True)
class RotationTranslation(Cube):
    """All pictures turned by at most `degrees` and then shifted by at most `pixels` along each axis.

    Points (B, 3) are (turn, right, down) as shares of what is allowed; positive turns are counterclockwise.
    Pictures (B, C, H, W) are looked up bilinearly; what comes from outside is `outside`.
    """

    name: ClassVar[str] = "rotation-translation"

    degrees: Annotated[float, Param("largest turn", "degrees", low=0, high=180)] = 30.0
    pixels: Annotated[float, Param("largest shift along each axis", "pixels", low=0)] = 3.0
    outside: Annotated[
        Literal["zeros", "border", "reflection"], Param("what lies beyond the edge: zeros, or the picture on")
    ] = "zeros"

    def dimensions(self, shape: Sequence[int], /) -> int:
        """Return 3."""
        return 3

    def apply(self, x: Tensor, point: Tensor, /) -> Tensor:
        """Return the pictures turned and shifted."""
        angle = point[:, 0] * math.radians(self.degrees)
        across, along = centers(x)
        height, width = x.shape[-2:]
        right = across - self.pixels * point[:, 1, None, None] - width / 2
        down = along - self.pixels * point[:, 2, None, None] - height / 2
        cos, sin = torch.cos(angle)[:, None, None], torch.sin(angle)[:, None, None]
        moved = sampled(x, cos * right - sin * down + width / 2, sin * right + cos * down + height / 2,
                        self.outside)  # fmt: skip
        return kept_at_zero(x, moved, point)

    def told(self, x: Tensor, point: Tensor, /) -> Mapping[str, Sequence[Scalar]]:
        """Return the turn in degrees and the shift in pixels."""
        return {
            "turn": rounded(point[:, 0] * self.degrees),
            "right": rounded(point[:, 1] * self.pixels),
            "down": rounded(point[:, 2] * self.pixels),
        }

    def describe(self) -> str:
        """Return the set in words: `turned by up to 30°, shifted by up to 3 pixels`."""
        s = "" if self.pixels == 1 else "s"
        return f"turned by up to {self.degrees:g}°, shifted by up to {self.pixels:g} pixel{s}"
