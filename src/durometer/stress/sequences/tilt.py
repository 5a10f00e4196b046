"""A picture on a board that tilts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.stress.sequences.sequence import Drawn, Sequence
from durometer.stress.sequences.warping import board


@dataclass(frozen=True)
class SequenceTilt(Sequence):
    """Tilt the picture about both of its axes by a degree from frame to frame, from −15° to 15°.

    It is seen from a distance of its own diagonal and, as published, stands a pixel farther off: even the
    frame at 0° is smaller, by one pixel of the diagonal. The mask tilts along, bilinear; points and boxes
    don't, since perspective is no motion of `durometer.ops.geometry`.
    """

    name: ClassVar[str] = "sequence-tilt"
    moves: ClassVar[bool] = True

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) tilted; nothing is drawn."""
        step: float = self.constants
        height, width = x.shape[-2:]
        return board(x, torch.linalg.inv(tilted(step * (frame - self.frames // 2), height, width)))


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
