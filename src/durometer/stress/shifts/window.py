"""The middle of the picture alone: what realistic shifts are read against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops import windows
from durometer.ops.geometry import still
from durometer.stress.shifts.whole import whole

MOST = 64
"""Pixels of margin at most."""


@dataclass(frozen=True)
class Window(Stressor):
    """Show the middle of the picture, all but a margin, in a frame of its own mirror image.

    A model whose own crop keeps no more than the window sees the picture as it is.
    """

    margin: Annotated[int, Param("left out on each side", unit="pixels", low=1, high=MOST)] = 8

    name: ClassVar[str] = "window"
    family: ClassVar[str] = "small shifts"

    @property
    def dial(self) -> Dial:
        return Dial("window", float(self.margin), "pixels")

    @property
    def title(self) -> str:
        return f"window, margin {self.margin} px"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        return moved_window(batch, self.margin, 0, 0)


def moved_window(batch: Batch, margin: int, dx: int, dy: int) -> Batch:
    """Return the batch showing the window moved by (right, down); pictures too small for it are refused."""
    short = min(batch.x.shape[-2:])
    if 4 * margin > short:
        reason = f"a margin of {margin} pixels leaves less than half of {short}; choose a smaller margin"
        return batch.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
    motion = still(len(batch))
    motion[:, :, 2] = motion.new_tensor((-dx, -dy))  # the camera goes right, the picture left
    return whole(batch, lambda t: windows.window(t, margin, dx, dy), moves=True, motion=motion)
