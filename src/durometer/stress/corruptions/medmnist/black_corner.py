"""The corners behind the round frame of a dermatoscope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical, Profile


@dataclass(frozen=True)
class MedicalBlackCorner(Medical):
    """Blacken everything outside a circle about the middle. The constant: its radius, in half short sides.

    As published, the last severity is milder than the one before it, 0.95 after 0.9.
    """

    profile: Profile = "dermamnist"

    name: ClassVar[str] = "medmnist-black-corner"

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        height, width = x.shape[-2:]
        down, right = height // 2, width // 2
        radius = int(min(down, right) * constants)
        rows = torch.arange(height, device=x.device)[:, None] - down
        columns = torch.arange(width, device=x.device) - right
        return torch.where(rows**2 + columns**2 <= radius**2, x, 0)
