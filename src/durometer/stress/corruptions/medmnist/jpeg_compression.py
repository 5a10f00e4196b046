"""Too few bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.jpeg_compression import written
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalJpegCompression(Medical):
    """Write the picture as JPEG and read it again, by PIL, 4:2:0. The constant is its quality."""

    name: ClassVar[str] = "medmnist-jpeg-compression"

    def between(self, shares: Sequence[float]) -> Any:
        return int(super().between(shares))

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        return written(x, constants)
