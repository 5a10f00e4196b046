"""A moving camera that turns the direction in which it moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.stress.corruptions.sweep import swept
from durometer.stress.sequences.sequence import Drawn, Sequence


@dataclass(frozen=True)
class SequenceMotionBlur(Sequence):
    """Average along a line that turns by some degrees from frame to frame and ends at 0°, to the right."""

    name: ClassVar[str] = "sequence-motion-blur"
    one_by_one: ClassVar[bool] = True

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) blurred along the frame's line; nothing is drawn."""
        radius, sigma, step = self.constants
        angle = float(step * (frame - (self.frames - 1)))
        return torch.stack([swept(p, angle, radius, sigma) for p in x])
