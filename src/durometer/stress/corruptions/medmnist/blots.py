"""Blots of stain, grown from drawn waves: black shapes without holes, rough at the edge."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from durometer.core import Dice

BLOTS = 10
WAVES = 8
"""Waves along the edge; each is weaker than the one before it."""
REACH = 0.44
"""Mean radius, in sides: a blot covers 0.6 of its square, about as much as the published ones."""
ROUGH = 0.16


@lru_cache(maxsize=8)
def blots(side: int) -> Tensor:
    """Return (10, side, side) bool: ten blots, the same at every call."""
    dice = Dice(0, "blots", 1, tuple(f"blot-{i}" for i in range(BLOTS)))
    wave = torch.arange(1, WAVES + 1)
    height = dice.normal("height", (WAVES,)) * ROUGH / wave.sqrt()
    phase = dice.uniform("phase", (WAVES,), 0.0, 2 * torch.pi)
    steps = (torch.arange(side) + 0.5) / side - 0.5
    down, right = torch.meshgrid(steps, steps, indexing="ij")
    angle = torch.atan2(down, right)[None, None] * wave[None, :, None, None]
    edge = 1 + (height[..., None, None] * torch.cos(angle + phase[..., None, None])).sum(1)
    return torch.hypot(down, right) < REACH * edge
