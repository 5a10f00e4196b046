"""The picture through drops on the lens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.ops.color import plain
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.scale import fitted
from durometer.stress.corruptions.smooth import smooth
from durometer.stress.corruptions.water import shine

WATER = (175 / 255, 238 / 255, 238 / 255)
MUD = (63 / 255, 42 / 255, 20 / 255)
THICK = 0.8
"""Share of mud below which the lens is clean."""


@dataclass(frozen=True)
class Spatter(Corruption):
    """Spatter the lens with water (the first three severities) or mud (the last two).

    The constants: mean, standard deviation and sigma of the smoothed noise that drops come from, threshold
    above which there is one, strength of the water's shine or sigma of the mud's rim, and 1 for mud. As
    published, water only lightens, and what the noise has above 255 wraps around.
    """

    name: ClassVar[str] = "spatter"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw the noise (B, H, W), standard normal."""
        return {"noise": dice.normal("noise", shape[1:])}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) through drops."""
        mean, deviation, sigma, threshold, strength, mud = self.constants
        noise = smooth(mean + deviation * drawn["noise"].double(), sigma)
        film = torch.where(noise < threshold, 0, noise)
        if mud:
            share = smooth((film > threshold).double(), strength).to(x)[:, None]
            share = fitted(torch.where(share < THICK, 0, share), x)
            muddy: Tensor = (1 - share) * x + share * plain(x, MUD)
            return muddy
        light = fitted(self._light(film).to(x)[:, None], x)
        wet: Tensor = x + strength * light * plain(x, WATER)
        return wet

    def _light(self, film: Tensor) -> Tensor:
        """Return (B, H, W) in [0, 1]: what a film of water adds, the brightest place 1."""
        levels = film.mul(255).floor().remainder(256).long()
        light = levels * shine(levels)
        return light / light.amax(dim=(1, 2), keepdim=True).clamp(min=1)
