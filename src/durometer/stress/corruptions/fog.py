"""The picture in drifts of fog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.plasma import plasma, side
from durometer.stress.corruptions.scale import fitted


@dataclass(frozen=True)
class Fog(Corruption):
    """Add white clouds and bring the sum back to the picture's own highest value.

    The constants are the amount of fog and how much calmer the clouds are from level to level. As published,
    fog does not hide what is far more than what is near, and a black picture stays black.
    """

    name: ClassVar[str] = "fog"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw the noise of the clouds, (B, n² − 1) in [−1, 1); n is the power of two that covers (H, W)."""
        return {"noise": dice.uniform("noise", (side(*shape[1:]) ** 2 - 1,), -1.0, 1.0)}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) in fog."""
        amount, decay = self.constants
        height, width = self.grid(x.shape)
        clouds = fitted(plasma(drawn["noise"], decay)[:, None, :height, :width], x)
        highest = x.amax(dim=(1, 2, 3), keepdim=True)
        foggy: Tensor = (x + amount * clouds) * highest / (highest + amount)
        return foggy
