"""The picture smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalGaussianBlur(Medical):
    """Smooth by a Gaussian on a square of k × k pixels, sigma 0.15 k + 0.35. The constant is k, odd.

    Edges are continued by their mirror image, the edge pixel not repeated.
    """

    name: ClassVar[str] = "medmnist-gaussian-blur"

    def between(self, shares: Sequence[float]) -> Any:
        side = int(super().between(shares))
        return side - (side % 2 == 0)

    def lacks(self, height: int, width: int, constants: Any) -> str:
        if constants // 2 < min(height, width):
            return ""
        return f"a Gaussian of {constants} pixels reaches beyond the mirror image of {height} × {width}"

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        reach = constants // 2
        steps = torch.arange(-reach, reach + 1, device=x.device, dtype=torch.float64)
        weights = torch.exp(-0.5 * (steps / (0.15 * constants + 0.35)) ** 2)
        line = (weights / weights.sum()).to(x).expand(3, 1, 1, -1)
        wide = F.conv2d(F.pad(x, (reach, reach, reach, reach), mode="reflect"), line, groups=3)
        return F.conv2d(wide, line.mT, groups=3)
