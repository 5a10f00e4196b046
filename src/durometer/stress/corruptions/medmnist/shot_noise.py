"""Noise of light itself: photons are counted one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical
from durometer.stress.corruptions.shot_noise import LEVELS, distributions


@dataclass(frozen=True)
class MedicalShotNoise(Medical):
    """Replace every value by a Poisson count of mean c·x, divided by c. The constant is c, photons of white.

    Counts are read off the inverse distribution function, as `shot-noise` does; c is a whole number.
    """

    name: ClassVar[str] = "medmnist-shot-noise"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        return {"quantile": dice.uniform("quantile", (3, height, width))}

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        white: int = round(constants)
        level = x.mul(LEVELS - 1).round()
        rows = distributions(white).to(x.device)
        found = torch.searchsorted(rows, drawn["quantile"].double() + level, right=True)
        return (found - level.long() * white).to(x).div(white)
