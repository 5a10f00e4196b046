"""Noise of the sensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalGaussianNoise(Medical):
    """Add normal noise to every value: x + σ·n. The constant is σ, in units of the range [0, 1]."""

    name: ClassVar[str] = "medmnist-gaussian-noise"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        return {"noise": dice.normal("noise", (3, height, width))}

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        sigma: float = constants
        return x + sigma * drawn["noise"]
