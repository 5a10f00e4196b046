"""A picture on a board that tilts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dice
from durometer.ops.geometry import recorded_field
from durometer.stress.sequences.sequence import Drawn, Sequence
from durometer.stress.sequences.warping import board, shifts


@dataclass(frozen=True)
class SequenceTilt(Sequence):
    """Tilt the picture about both of its axes by a degree from frame to frame, from −15° to 15°.

    It is seen from a distance of its own diagonal and, as published, stands a pixel farther off: even the
    frame at 0° is smaller, by one pixel of the diagonal. Where pixels went is recorded as a field, so that
    masks and boxes follow.
    """

    name: ClassVar[str] = "sequence-tilt"
    moves: ClassVar[bool] = True

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        result = super().__call__(batch, dice)
        if len(result.refused) == len(batch):
            return result
        field = shifts(self._back(batch.x, dice.draw), *batch.x.shape[-2:])
        told = recorded_field(batch, field.to(batch.x.device).expand(len(batch), -1, -1, -1))
        return result.but(aux={**result.aux, **told})

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) tilted; nothing is drawn."""
        return board(x, self._back(x, frame))

    def _back(self, x: Tensor, frame: int) -> Tensor:
        """Return (3, 3): where the pixels of a frame come from, in indices."""
        step: float = self.constants
        height, width = x.shape[-2:]
        back: Tensor = torch.linalg.inv(tilted(step * (frame - self.frames // 2), height, width))
        return back


def tilted(degrees: float, height: int, width: int) -> Tensor:
    """Return (3, 3) float64: where pixels go, in indices, when a picture tilts about both axes."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    far = math.hypot(width, height)
    lifted = torch.tensor(
        [[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1], [0, 0, 1]], dtype=torch.float64
    )
    about_y = torch.tensor(
        [[cos, 0, -sin, 0], [0, 1, 0, 0], [sin, 0, cos, 0], [0, 0, 0, 1]], dtype=torch.float64
    )
    about_x = torch.tensor(
        [[1, 0, 0, 0], [0, cos, -sin, 0], [0, sin, cos, 0], [0, 0, 0, 1]], dtype=torch.float64
    )
    away = torch.eye(4, dtype=torch.float64)
    away[2, 3] = far
    seen = torch.tensor([[far, 0, width / 2, 0], [0, far, height / 2, 0], [0, 0, 1, 0]], dtype=torch.float64)
    return seen @ away @ about_x @ about_y @ lifted
