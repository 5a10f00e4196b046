"""The picture in falling snow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.ops.color import luma
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.scale import fitted
from durometer.stress.corruptions.sweep import swept_each
from durometer.stress.corruptions.zoom_blur import clipped_zoom


@dataclass(frozen=True)
class Snow(Corruption):
    """Whiten the picture and add flakes that fall at an angle drawn from −135° to −45°.

    The constants: mean and standard deviation of the noise that flakes come from, its zoom, the threshold
    below which there is no flake, radius and sigma of the flakes' motion, share of the picture that is
    not whitened. As published, the flakes are added twice, once turned by half a circle, and their levels
    are whole ones.
    """

    name: ClassVar[str] = "snow"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw the noise (B, 1, H, W), standard normal, and the angle (B,) in degrees."""
        angle = dice.uniform("angle", (), -135.0, -45.0)
        return {"noise": dice.normal("noise", (1, *shape[1:])), "angle": angle}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) in snow."""
        mean, deviation, zoom, threshold, radius, sigma, kept = self.constants
        noise = clipped_zoom(mean + deviation * drawn["noise"], zoom)
        flakes = torch.where(noise < threshold, 0, noise).clamp(0, 1).mul(255).floor()
        layer = fitted(swept_each(flakes, drawn["angle"], radius, sigma).round().div(255), x)
        gray = luma(x)
        whitened = kept * x + (1 - kept) * torch.maximum(x, gray * 1.5 + 0.5)
        snowy: Tensor = whitened + layer + layer.flip(-1, -2)
        return snowy
