"""The whole picture mirrored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.geometry import of_mirrors
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class Flip(Stressor):
    """Mirror the whole picture; every pixel stays what it was, elsewhere."""

    over: Annotated[Literal["left-right", "up-down"], Param("which sides change places")] = "left-right"

    name: ClassVar[str] = "flip"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("flip")

    @property
    def title(self) -> str:
        return f"flip, {self.over}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        axis = -1 if self.over == "left-right" else -2
        motion = of_mirrors([batch.x.shape[axis]] * len(batch), sideways=axis == -1)
        return whole(batch, lambda t: t.flip(axis), moves=True, motion=motion)
