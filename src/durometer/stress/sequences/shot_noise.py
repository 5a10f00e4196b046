"""The same picture again and again, its photons counted anew each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.shot_noise import counted
from durometer.stress.sequences.sequence import Drawn, Noise


@dataclass(frozen=True)
class SequenceShotNoise(Noise):
    """Replace every value by a Poisson count of mean c·x, over c, anew for every frame after the first."""

    name: ClassVar[str] = "sequence-shot-noise"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw the quantile (B, C, H, W) of each count, uniform in [0, 1)."""
        return {"quantile": dice.uniform("quantile", shape)}

    def noisy(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return counts / c, read off the inverse distribution function as `shot-noise` does."""
        return counted(x, drawn["quantile"], self.constants)
