"""Noise that grows with brightness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class SpeckleNoise(Corruption):
    """Multiply every value by normal noise about 1: x + σ·x·n. The constant is σ."""

    name: ClassVar[str] = "speckle-noise"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        return {"noise": dice.normal("noise", shape)}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        sigma: float = self.constants
        return x + sigma * x * drawn["noise"]
