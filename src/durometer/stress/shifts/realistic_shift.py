"""A camera turned by a few pixels: new content enters at one side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Json, Param, Stressor
from durometer.stress.shifts.steps import direction, step
from durometer.stress.shifts.window import MOST, moved_window


@dataclass(frozen=True)
class RealisticShift(Stressor):
    """Show the window of the picture that lies (dx, dy) pixels from its middle; nothing wraps around.

    The window is the picture but for a margin on each side, so that what enters is real; it is read against
    the window in the middle (`window`). What a model sees beyond it is the window's own mirror image.

    Source: Shifman and Weiss (2024): two crops of a larger picture, a few pixels apart.
    """

    dx: Annotated[int, Param("how far the camera moves right", unit="pixels", low=-MOST, high=MOST)] = 1
    dy: Annotated[int, Param("how far the camera moves down", unit="pixels", low=-MOST, high=MOST)] = 0
    margin: Annotated[int, Param("left out on each side", unit="pixels", low=1, high=MOST)] = 8

    name: ClassVar[str] = "realistic-shift"
    family: ClassVar[str] = "small shifts"
    control: ClassVar[str | None] = "window"
    source: ClassVar[str] = "shifman2024"

    def __post_init__(self) -> None:
        if max(abs(self.dx), abs(self.dy)) > self.margin:
            raise ValueError(
                f"a shift of ({self.dx}, {self.dy}) pixels leaves the margin of {self.margin}; "
                "choose a larger margin"
            )

    @property
    def dial(self) -> Dial:
        far = max(abs(self.dx), abs(self.dy))
        return Dial(f"realistic shift {direction(self.dx, self.dy)}".strip(), float(far), "pixels")

    @property
    def title(self) -> str:
        return f"realistic shift, {step(self.dx, self.dy)}"

    @property
    def control_params(self) -> Mapping[str, Json]:
        return {"margin": self.margin}

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        return moved_window(batch, self.margin, self.dx, self.dy)
