"""Noise of light itself: photons are counted one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn

LEVELS = 256


@dataclass(frozen=True)
class ShotNoise(Corruption):
    """Replace every value by a Poisson count of mean c·x, divided by c. The constant is c, photons of white.

    Counts are read off the inverse distribution function at a drawn uniform number (24 bits), so that one
    draw serves every picture and severity. The mean is that of the nearest of 256 gray levels.
    """

    name: ClassVar[str] = "shot-noise"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        return {"quantile": dice.uniform("quantile", shape)}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        return counted(x, drawn["quantile"], int(self.constants))


def counted(x: Tensor, quantile: Tensor, white: int) -> Tensor:
    """Return values as counts of photons, `white` of them white, at quantiles of their distributions."""
    level = x.mul(LEVELS - 1).round().clamp(0, LEVELS - 1)
    rows = distributions(white).to(x.device)
    found = torch.searchsorted(rows, quantile.double() + level, right=True)
    return (found - level.long() * white).to(x).div(white)


def distributions(white: int) -> Tensor:
    """Return (256 · white,) float64: P(count ≤ n) of each gray level for n = 0 … white − 1, plus the level.

    Sorted, so that one search finds a level's row and the count in it. Larger counts are whiter than white
    and are cut off anyway.
    """
    mean = torch.arange(LEVELS, dtype=torch.float64)[:, None] * white / (LEVELS - 1)
    n = torch.arange(white, dtype=torch.float64)
    chance = torch.exp(torch.xlogy(n, mean) - mean - torch.lgamma(n + 1))
    return (chance.cumsum(1).clamp_max(1) + torch.arange(LEVELS)[:, None]).flatten()
