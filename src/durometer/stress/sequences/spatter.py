"""Drops that run down the lens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Dice
from durometer.ops.color import plain
from durometer.stress.corruptions.smooth import smooth
from durometer.stress.corruptions.spatter import WATER
from durometer.stress.corruptions.water import shine
from durometer.stress.sequences.sequence import Drawn, Sequence


@dataclass(frozen=True)
class SequenceSpatter(Sequence):
    """Spatter the lens with water that runs from frame to frame; where there is none, nothing is added."""

    name: ClassVar[str] = "sequence-spatter"
    one_by_one: ClassVar[bool] = True

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw the noise (B, H, W) that drops come from, standard normal."""
        return {"noise": dice.normal("noise", shape[1:])}

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) through drops."""
        mean, deviation, sigma, threshold, strength, run = self.constants
        noise = smooth(mean + deviation * drawn["noise"].double(), sigma)
        film = torch.where(noise < threshold, 0, noise)
        for _ in range(frame):
            film = ran(film, run)
        levels = film.mul(255).floor().remainder(256).long()
        light = torch.stack([(f * shine(f)).double() for f in levels])
        light = light / light.amax(dim=(1, 2), keepdim=True).clamp(min=1)
        wet: Tensor = x + strength * light.to(x)[:, None] * plain(x, WATER)
        return wet


def ran(film: Tensor, weights: tuple[float, ...]) -> Tensor:
    """Return (B, H, W) convolved down its columns, 0 beyond the edge, as `numpy.convolve` of mode same."""
    taps, height = len(weights), film.shape[-2]
    before = taps - 1 - (taps - 1) // 2
    wide = F.pad(film, (0, 0, before, taps - 1 - before))
    last = taps - 1
    return torch.stack([w * wide[:, last - i : last - i + height] for i, w in enumerate(weights)]).sum(0)
