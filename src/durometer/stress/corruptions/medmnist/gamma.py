"""A detector, or a display, with another curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalGamma(Medical):
    """Raise every value, in [0, 1], to a power. The constant is the power."""

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        # by table: a power of many values at once may round otherwise than that of one
        table = (torch.arange(256, dtype=torch.float64) / 255) ** float(constants)
        return table.to(x)[x.mul(255).round().long()]


@dataclass(frozen=True)
class MedicalGammaUp(MedicalGamma):
    """Raise every value to a power above 1: darker."""

    name: ClassVar[str] = "medmnist-gamma-corr-up"


@dataclass(frozen=True)
class MedicalGammaDown(MedicalGamma):
    """Raise every value to a power below 1: lighter."""

    name: ClassVar[str] = "medmnist-gamma-corr-down"
