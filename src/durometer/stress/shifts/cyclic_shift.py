"""The picture on a torus, turned by a few pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.geometry import still
from durometer.stress.shifts.steps import direction, step
from durometer.stress.shifts.whole import whole
from durometer.stress.shifts.window import MOST


@dataclass(frozen=True)
class CyclicShift(Stressor):
    """Move the camera (dx, dy) pixels over the picture repeated without end: what leaves enters opposite.

    No pixel is lost and none is new. Boxes and points that go by the recorded motion are moved, not wrapped.

    Source: Shifman and Weiss (2024) set it beside the realistic shift.
    """

    dx: Annotated[int, Param("how far the camera moves right", unit="pixels", low=-MOST, high=MOST)] = 1
    dy: Annotated[int, Param("how far the camera moves down", unit="pixels", low=-MOST, high=MOST)] = 0

    name: ClassVar[str] = "cyclic-shift"
    family: ClassVar[str] = "small shifts"
    source: ClassVar[str] = "shifman2024"

    @property
    def dial(self) -> Dial:
        far = max(abs(self.dx), abs(self.dy))
        return Dial(f"cyclic shift {direction(self.dx, self.dy)}".strip(), float(far), "pixels")

    @property
    def title(self) -> str:
        return f"cyclic shift, {step(self.dx, self.dy)}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        motion = still(len(batch))
        motion[:, :, 2] = motion.new_tensor((-self.dx, -self.dy))
        return whole(
            batch, lambda t: torch.roll(t, (-self.dy, -self.dx), (-2, -1)), moves=True, motion=motion
        )
