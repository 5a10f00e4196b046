"""Salt and pepper: values that got lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical


@dataclass(frozen=True)
class MedicalImpulseNoise(Medical):
    """Replace values, each channel for itself, by 1 or 0 with equal chances. The constant is their share.

    The same draws hit more values at a higher severity: those that were hit stay hit.
    """

    name: ClassVar[str] = "medmnist-impulse-noise"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        shape = (3, height, width)
        return {"hit": dice.uniform("hit", shape), "salt": dice.uniform("salt", shape)}

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        return torch.where(drawn["hit"] < constants, (drawn["salt"] < 0.5).to(x), x)
