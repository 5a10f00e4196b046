"""Too few pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical
from durometer.stress.corruptions.pixelate import pixelated


@dataclass(frozen=True)
class MedicalPixelate(Medical):
    """Shrink to a share of the sides and enlarge again, by PIL's BOX filter. The constant is the share."""

    name: ClassVar[str] = "medmnist-pixelate"

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        return pixelated(x, constants)
