"""Snow that falls from another side in every frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.ops.color import luma
from durometer.stress.corruptions.sweep import swept
from durometer.stress.corruptions.zoom_blur import clipped_zoom
from durometer.stress.sequences.sequence import Drawn, Sequence


@dataclass(frozen=True)
class SequenceSnow(Sequence):
    """Whiten the picture and add flakes, the same in all frames, that fall at an angle from −150° to −30°."""

    name: ClassVar[str] = "sequence-snow"
    one_by_one: ClassVar[bool] = True

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw the noise (B, 1, H, W) that flakes come from, standard normal."""
        return {"noise": dice.normal("noise", (1, *shape[1:]))}

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) in snow."""
        mean, deviation, zoom, threshold, radius, sigma, kept, first, step = self.constants
        noise = clipped_zoom(mean + deviation * drawn["noise"], zoom)
        flakes = torch.where(noise < threshold, 0, noise).clamp(0, 1).mul(255).floor()
        angle = float(first + step * frame)
        layer = torch.stack([swept(f, angle, radius, sigma) for f in flakes]).round().div(255)
        whitened = kept * x + (1 - kept) * torch.maximum(x, luma(x) * 1.5 + 0.5)
        snowy: Tensor = whitened + layer + layer.flip(-1, -2)
        return snowy
