"""Too much light, or too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalBrightness(Medical):
    """Multiply every value. The constant is the factor, as that of PIL's `ImageEnhance.Brightness`."""

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        factor: float = constants
        return x * factor


@dataclass(frozen=True)
class MedicalBrightnessUp(MedicalBrightness):
    """Multiply every value by a factor above 1: more light."""

    name: ClassVar[str] = "medmnist-brightness-up"


@dataclass(frozen=True)
class MedicalBrightnessDown(MedicalBrightness):
    """Multiply every value by a factor below 1: less light."""

    name: ClassVar[str] = "medmnist-brightness-down"
