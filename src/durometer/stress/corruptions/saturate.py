"""Colors too weak or too strong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class Saturate(Corruption):
    """Set saturation (of hue, saturation, value) to a·S + b, at most 1. The constants are (a, b).

    Severities 1 and 2 take color away, 3 to 5 add some. As published, b tints gray pixels: gray has the hue
    0, so they become reddish. Pictures without three channels are refused.
    """

    name: ClassVar[str] = "saturate"

    def refuses(self, shape: tuple[int, int, int]) -> str:
        if shape[0] == 3:
            return ""
        return f"saturation needs three channels, and the picture has {shape[0]}"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        constants: tuple[float, float] = self.constants
        return saturated(x, *constants)


def saturated(x: Tensor, factor: float, offset: float) -> Tensor:
    """Return (B, 3, H, W) with the saturation factor · S + offset, in [0, 1]; gray has the hue 0."""
    value = x.amax(dim=1, keepdim=True)
    spread = value - x.amin(dim=1, keepdim=True)
    colored = spread > 0
    saturation = torch.where(value > 0, spread / torch.where(value > 0, value, 1), 0)
    wanted = (factor * saturation + offset).clamp(0, 1)
    below = torch.where(colored, (value - x) / torch.where(colored, spread, 1), _red(x))
    return value - value * wanted * below


def _red(x: Tensor) -> Tensor:
    """How far each channel of a pure red is below its value, in shares of the spread."""
    return x.new_tensor((0.0, 1.0, 1.0))[None, :, None, None]
