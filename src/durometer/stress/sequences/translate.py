"""A picture that slides to the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.ops import exact_moves
from durometer.ops.geometry import of_steps
from durometer.stress.sequences.sequence import Drawn, Sequence


@dataclass(frozen=True)
class SequenceTranslate(Sequence):
    """Move the picture to the right by a pixel a frame, from −20 (cifar-p: −7) on; black comes in."""

    name: ClassVar[str] = "sequence-translate"
    moves: ClassVar[bool] = True

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) moved by whole pixels; nothing is drawn."""
        return exact_moves.translate(x, [(self._right(frame), 0)] * len(x))

    def motion(self, height: int, width: int, frame: int) -> Tensor:
        """Return where it goes."""
        return of_steps([(self._right(frame), 0)])

    def _right(self, frame: int) -> int:
        still: int = self.constants
        return frame - still
