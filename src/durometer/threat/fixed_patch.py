"""A patch at a fixed place: one rectangle of every picture may change, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Param
from durometer.threat.region import Region
from durometer.threat.window import Window


@dataclass(frozen=True)
class FixedPatch(Region):
    """All inputs in [low, high] that differ from `x` inside one rectangle only, by at most epsilon.

    The rectangle has the share of the picture and the ratio of its sides as nearly as whole pixels allow.
    """

    name: ClassVar[str] = "fixed-patch"

    share: Annotated[float, Param("share of the picture's area", low=0, high=1)] = 0.05
    aspect: Annotated[float, Param("height over width of the rectangle", low=0.01, high=100)] = 1.0
    down: Annotated[float, Param("place: 0 at the top, 1 at the bottom", low=0, high=1)] = 0.5
    right: Annotated[float, Param("place: 0 at the left edge, 1 at the right one", low=0, high=1)] = 0.5
    epsilon: Annotated[float, Param("largest change of any value", "of the input range", low=0)] = 1.0
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0

    def free(self, x: Tensor, /) -> Tensor:
        """Return (1, 1, H, W) bool: which pixels may change."""
        window = Window.of(x, self.share, self.aspect)
        rows, columns = window.places
        corner = torch.tensor([[round(self.down * (rows - 1)), round(self.right * (columns - 1))]])
        return window.mask(corner.to(x.device))

    def describe(self) -> str:
        """Return the set in words: `any change in a patch of 5 % at a fixed place`."""
        return f"{self.change()} in a patch of {100 * self.share:g} % at a fixed place"
