"""Light that is turned up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.stress.sequences.sequence import Drawn, Sequence


@dataclass(frozen=True)
class SequenceBrightness(Sequence):
    """Add to the value (largest channel) of every pixel: from −0.3 to 0.3 in steps of 0.02 (imagenet-p)."""

    name: ClassVar[str] = "sequence-brightness"

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) with hue and saturation kept; nothing is drawn."""
        step: float = self.constants
        by = step * (frame - self.frames // 2)
        if by == 0:
            return x
        value = x.amax(dim=1, keepdim=True)
        lit = (value + by).clamp(0, 1)
        return torch.where(value > 0, x * (lit / torch.where(value > 0, value, 1)), lit)
