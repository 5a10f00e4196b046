"""The same picture again and again, each time with other noise of the sensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.sequences.sequence import Drawn, Noise


@dataclass(frozen=True)
class SequenceGaussianNoise(Noise):
    """Add normal noise to every value, drawn anew for every frame after the first: x + σ·n."""

    name: ClassVar[str] = "sequence-gaussian-noise"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw n (B, C, H, W), standard normal."""
        return {"noise": dice.normal("noise", shape)}

    def noisy(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return x + σ·n."""
        sigma: float = self.constants
        return x + sigma * drawn["noise"]
