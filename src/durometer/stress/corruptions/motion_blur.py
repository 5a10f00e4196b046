"""The picture while the camera moves sideways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.sweep import swept_each


@dataclass(frozen=True)
class MotionBlur(Corruption):
    """Average along a line at an angle drawn from −45° to 45°.

    The constants are ImageMagick's: radius (the line has 2 radius + 1 pixels) and sigma of the one-sided
    Gaussian along it; the edge pixel is continued.
    """

    name: ClassVar[str] = "motion-blur"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw the angle (B,), in degrees."""
        return {"angle": dice.uniform("angle", (), -45.0, 45.0)}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) blurred, each sample along its own line."""
        return swept_each(x, drawn["angle"], *self.constants)
