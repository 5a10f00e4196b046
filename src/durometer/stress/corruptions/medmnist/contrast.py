"""Light too hard, or too flat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalContrast(Medical):
    """Multiply differences from the mean gray level, the same for all channels. The constant is the factor.

    The mean is that of the luma in whole gray levels, and is itself a whole gray level, as for PIL's
    `ImageEnhance.Contrast`.
    """

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        factor: float = constants
        middle = mean_level(x) / 255
        return middle + factor * (x - middle)


@dataclass(frozen=True)
class MedicalContrastUp(MedicalContrast):
    """Multiply differences from the mean gray level by a factor above 1."""

    name: ClassVar[str] = "medmnist-contrast-up"


@dataclass(frozen=True)
class MedicalContrastDown(MedicalContrast):
    """Multiply differences from the mean gray level by a factor below 1."""

    name: ClassVar[str] = "medmnist-contrast-down"


def mean_level(x: Tensor) -> int:
    """Return the mean luma of one picture (1, 3, H, W) as a whole gray level, PIL's way."""
    red, green, blue = x[0].mul(255).round().long()
    levels = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16
    return int(int(levels.sum()) / levels.numel() + 0.5)
