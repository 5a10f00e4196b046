"""Pictures of frost, grown from noise: needles of ice in three directions over uneven glass."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.plasma import plasma
from durometer.stress.corruptions.smooth import smooth
from durometer.stress.corruptions.sweep import swept

LOOKS: tuple[tuple[tuple[int, int, int], int], ...] = (
    ((78, 149, 166), 20),
    ((201, 205, 214), 22),
    ((201, 205, 214), 22),
    ((138, 153, 165), 28),
    ((112, 123, 135), 43),
)
"""Mean red, green and blue and standard deviation of the five pictures that the published code draws from,
in gray levels (measured on imagecorruptions' copies, whose second and third are one picture)."""
SIDE = 512
"""Pixels a side, before a profile makes them smaller; the published pictures have 315 × 527 to 600 × 900."""
NEEDLES = (8, 20, 48)
"""Half lengths, in pixels."""


@lru_cache(maxsize=16)
def frost_texture(look: int, side: int) -> Tensor:
    """Return (3, side, side) in [0, 1]: one of the five frosts, the same at every call."""
    color, deviation = LOOKS[look]
    dice = Dice(0, "frost", 1, (f"look-{look}",))
    ice = sum((_needles(dice, length) for length in NEEDLES), _glass(dice))
    ice = F.interpolate(ice[None, None], size=(side, side), mode="bilinear", antialias=True)[0]
    ice = (ice - ice.mean()) / ice.std()
    return (torch.tensor(color)[:, None, None] + deviation * ice).clamp(0, 255) / 255


def _needles(dice: Dice, length: int) -> Tensor:
    """Return (SIDE, SIDE) of crystals that grow both ways from where they began, at 60° to each other."""
    first = float(dice.uniform(f"angle {length}", (), 0.0, 60.0)[0])
    drawn = dice.uniform(f"seeds {length}", (3, SIDE, SIDE))[0]
    seeds = torch.where(drawn > 1 - 0.3 / length, (drawn * 4096).frac() + 0.5, 0)
    seeds = F.pad(seeds[:, 1:-1, 1:-1], (1, 1, 1, 1))  # none on the edge, which is continued
    grown = torch.zeros(SIDE, SIDE)
    for k, seed in enumerate(seeds):
        ways = (swept(seed, first + 60 * k + turn, length, length / 1.5) for turn in (0, 180))
        grown = torch.maximum(grown, sum(ways, torch.zeros(SIDE, SIDE)))
    grown = smooth(grown, 0.6)
    return grown / grown.std()


def _glass(dice: Dice) -> Tensor:
    """Return (SIDE, SIDE) of how thick the ice is."""
    clouds = plasma(dice.uniform("glass", (SIDE**2 - 1,), -1.0, 1.0), 1.6)[0]
    return 1.5 * clouds / clouds.std()
