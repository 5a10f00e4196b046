"""Blots of stain on the slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.blots import BLOTS, blots
from durometer.stress.corruptions.medmnist.medical import SEVERITIES, Medical, Profile, at

EDGE = 10
"""Pixels between a blot and the edge of the picture, at least."""
SMALL, LARGE = 24, 32
"""Pixels a side; the large ones at the last severity only."""
MOST = 5


@dataclass(frozen=True)
class MedicalStainDeposit(Medical):
    """Put black blots on the picture. The constant is the largest number of them; at least one is put.

    The blots are generated (`blots.py`), not those that the published code ships; as published they have
    24 × 24 pixels, at the last severity 32 × 32. Pictures too small for one, with 10 pixels around it,
    are refused.
    """

    profile: Profile = "pathmnist"

    name: ClassVar[str] = "medmnist-stain-deposit"

    @property
    def constants(self) -> Any:
        """The largest number of blots, and their side in pixels."""
        return super().constants, LARGE if self.severity == SEVERITIES else SMALL

    def between(self, shares: Sequence[float]) -> Any:
        return int(super().between(shares)), SMALL

    def lacks(self, height: int, width: int, constants: Any) -> str:
        _, side = constants
        if side + 2 * EDGE <= min(height, width):
            return ""
        return f"a blot of {side} pixels with {EDGE} around it does not fit into {height} × {width}"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        return {"number": dice.uniform("number"), "blots": dice.uniform("blots", (MOST, 3))}

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        (most, side), (height, width) = constants, x.shape[-2:]
        clean = torch.ones(height, width)
        number = at(float(drawn["number"][0]), 1, most)
        for which, across, down in drawn["blots"][0, :number].tolist():
            top, left = at(down, EDGE, height - side - EDGE), at(across, EDGE, width - side - EDGE)
            clean[top : top + side, left : left + side] *= ~blots(side)[at(which, 0, BLOTS - 1)]
        return x * clean.to(x)
