"""Hue, saturation and value of the whole picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from durometer.core import ExtensionError, Param, Scalar
from durometer.ops.hsv import from_hsv, to_hsv
from durometer.threat.parametric import Cube, kept_at_zero, rounded, spread

SIXTH = 60.0
"""Degrees of hue to one unit of `durometer.ops.hsv`."""


@dataclass(frozen=True)
class HSV(Cube):
    """All pictures with their hue turned and their saturation and value multiplied, both cut at 1.

    Points (B, 3) are the turn of the hue and the two factors' distances from 1, as shares of what is allowed.
    Pictures are (B, 3, H, W) in [0, 1].
    """

    name: ClassVar[str] = "hsv"

    hue: Annotated[float, Param("largest turn of the hue", "degrees", low=0, high=180)] = 20.0
    saturation: Annotated[float, Param("largest change of its factor from 1", low=0, high=1)] = 0.3
    value: Annotated[float, Param("largest change of its factor from 1", low=0, high=1)] = 0.2

    def dimensions(self, shape: Sequence[int], /) -> int:
        """Return 3.

        Raises:
            ExtensionError: pictures without color.
        """
        if shape[0] != 3:
            raise ExtensionError(
                f"it needs pictures of 3 channels, not {shape[0]}", where="threat 'hsv'", fix="Use color"
            )
        return 3

    def apply(self, x: Tensor, point: Tensor, /) -> Tensor:
        """Return the pictures recolored."""
        hue, saturation, value = to_hsv(x)
        turned = hue + spread(point[:, 0]) * (self.hue / SIXTH)
        richer = (saturation * (1 + self.saturation * spread(point[:, 1]))).clamp(0, 1)
        brighter = (value * (1 + self.value * spread(point[:, 2]))).clamp(0, 1)
        return kept_at_zero(x, from_hsv(turned, richer, brighter), point)

    def told(self, x: Tensor, point: Tensor, /) -> Mapping[str, Sequence[Scalar]]:
        """Return the turn in degrees and both factors."""
        return {
            "hue": rounded(point[:, 0] * self.hue),
            "saturation": rounded(1 + point[:, 1] * self.saturation),
            "value": rounded(1 + point[:, 2] * self.value),
        }

    def describe(self) -> str:
        """Return the set in words: `hue within 20°, saturation within 30 %, value within 20 %`."""
        return (
            f"hue within {self.hue:g}°, saturation within {100 * self.saturation:g} %, "
            f"value within {100 * self.value:g} %"
        )
