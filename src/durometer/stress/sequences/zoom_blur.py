"""A camera that moves toward the picture with its shutter open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.stress.sequences.sequence import Drawn, Sequence
from durometer.stress.sequences.warping import scaled


@dataclass(frozen=True)
class SequenceZoomBlur(Sequence):
    """Take the mean of the picture and of its zooms so far: frame i has i + 1 of them, 1 to 1 + 0.004 i."""

    name: ClassVar[str] = "sequence-zoom-blur"
    one_by_one: ClassVar[bool] = True

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) blurred toward its middle; nothing is drawn."""
        step: float = self.constants
        total = x.clone()
        for k in range(1, frame + 1):
            total += scaled(x, 1 + step * k)
        return total / (frame + 1)
