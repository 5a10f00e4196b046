"""Noise that grows with brightness, as of ultrasound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalSpeckleNoise(Medical):
    """Multiply every value by normal noise about 1: x + σ·x·n. The constant is σ."""

    name: ClassVar[str] = "medmnist-speckle-noise"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        return {"noise": dice.normal("noise", (3, height, width))}

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        sigma: float = constants
        return x + sigma * x * drawn["noise"]
