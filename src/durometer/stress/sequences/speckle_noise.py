"""The same picture again and again, each time with other noise that grows with brightness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.sequences.sequence import Drawn, Noise


@dataclass(frozen=True)
class SequenceSpeckleNoise(Noise):
    """Multiply every value by normal noise about 1, drawn anew for every frame after the first: x + σ·x·n."""

    name: ClassVar[str] = "sequence-speckle-noise"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw n (B, C, H, W), standard normal."""
        return {"noise": dice.normal("noise", shape)}

    def noisy(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return x + σ·x·n."""
        sigma: float = self.constants
        return x + sigma * x * drawn["noise"]
