"""The picture in haze or in glare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.color import contrast
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class Contrast(Stressor):
    """Multiply the differences from the picture's mean brightness."""

    factor: Annotated[float, Param("1 leaves it, below 1 is flatter", unit="times", low=0, high=10)] = 0.5

    name: ClassVar[str] = "contrast"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("contrast", self.factor, "times")

    @property
    def title(self) -> str:
        return f"contrast, ×{self.factor:g}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        if self.factor == 1:
            return whole(batch, lambda t: t, moves=False)
        return whole(batch, lambda t: contrast(t, self.factor), moves=False)
