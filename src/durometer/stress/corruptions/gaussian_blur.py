"""The picture smoothed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.smooth import smooth


@dataclass(frozen=True)
class GaussianBlur(Corruption):
    """Smooth the picture by a Gaussian whose sigma, in pixels, is the constant; edges are continued."""

    name: ClassVar[str] = "gaussian-blur"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) smoothed; nothing is drawn."""
        return smooth(x, self.constants)
