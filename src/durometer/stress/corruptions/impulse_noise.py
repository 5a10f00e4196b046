"""Salt and pepper: values that got lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class ImpulseNoise(Corruption):
    """Replace values, each channel for itself, by 1 or 0 with equal chances. The constant is their share.

    The same draws hit more values at a higher severity: those that were hit stay hit.
    """

    name: ClassVar[str] = "impulse-noise"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        return {"hit": dice.uniform("hit", shape), "salt": dice.uniform("salt", shape)}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        return torch.where(drawn["hit"] < self.constants, (drawn["salt"] < 0.5).to(x), x)
