"""Noise of light itself: photons are counted one by one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn

LEVELS = 256
BINS = 4096
"""Bins of quantiles that the guide to counts has."""


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
    if x.device.type != "cpu":
        return _searched(level, quantile, white).to(x).div(white)
    # nearly all quantiles lie in a bin where only one count is possible; the others are searched
    flat = quantile.flatten()
    at = level.int().flatten().mul_(BINS).add_(flat.mul(BINS).int())
    counts = _guide(white).index_select(0, at)
    open_ = (counts < 0).nonzero().flatten()
    found = _searched(level.flatten().index_select(0, open_), flat.index_select(0, open_), white)
    return counts.index_copy_(0, open_, found.to(counts)).reshape(x.shape).to(x).div(white)


def _searched(level: Tensor, quantile: Tensor, white: int) -> Tensor:
    """Return the counts, int64, of gray levels at quantiles."""
    rows = distributions(white).to(level.device)
    found = torch.searchsorted(rows, quantile.double() + level, right=True)
    return found - level.long() * white


@lru_cache(maxsize=8)
def _guide(white: int) -> Tensor:
    """Return (256 · BINS,) int16: the count of each gray level and bin of quantiles, −1 where several are."""
    level = torch.arange(LEVELS)[:, None]
    least = ((distributions(white).reshape(LEVELS, white) - level) * 2.0**24).ceil().long()
    bins = (
        2**24 // BINS
    )  # quantiles are whole multiples of 2**-24, and a count is reached from `least` of them
    first = torch.searchsorted(
        least, torch.arange(BINS).mul(bins).expand(LEVELS, -1).contiguous(), right=True
    )
    last = torch.searchsorted(
        least, torch.arange(1, BINS + 1).mul(bins).sub(1).expand(LEVELS, -1).contiguous(), right=True
    )
    return torch.where(first == last, first, -1).flatten().short()


@lru_cache(maxsize=8)
def distributions(white: int) -> Tensor:
    """Return (256 · white,) float64: P(count ≤ n) of each gray level for n = 0 … white − 1, plus the level.

    Sorted, so that one search finds a level's row and the count in it. Larger counts are whiter than white
    and are cut off anyway.
    """
    mean = torch.arange(LEVELS, dtype=torch.float64)[:, None] * white / (LEVELS - 1)
    n = torch.arange(white, dtype=torch.float64)
    chance = torch.exp(torch.xlogy(n, mean) - mean - torch.lgamma(n + 1))
    return (chance.cumsum(1).clamp_max(1) + torch.arange(LEVELS)[:, None]).flatten()
