"""A lens that goes out of focus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.stress.corruptions.smooth import smooth
from durometer.stress.sequences.sequence import Drawn, Sequence


@dataclass(frozen=True)
class SequenceGaussianBlur(Sequence):
    """Smooth the picture by a Gaussian that grows from 0.25 pixels by 0.035 a frame (imagenet-p)."""

    name: ClassVar[str] = "sequence-gaussian-blur"
    one_by_one: ClassVar[bool] = True

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) smoothed; nothing is drawn."""
        first, step, reach = self.constants
        return smooth(x, first + step * frame, truncate=reach)
