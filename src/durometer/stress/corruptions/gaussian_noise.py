"""Noise of the sensor in poor light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class GaussianNoise(Corruption):
    """Add normal noise to every value: x + σ·n. The constant is σ, in units of the range [0, 1]."""

    name: ClassVar[str] = "gaussian-noise"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        return {"noise": dice.normal("noise", shape)}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        sigma: float = self.constants
        return x + sigma * drawn["noise"]
