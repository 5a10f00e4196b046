"""The picture as a poorer camera would have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.filters import lower
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class LowResolution(Stressor):
    """Shrink the picture to a short side of so many pixels and enlarge it again, bilinear.

    A picture that has no more pixels than that already is refused.
    """

    side: Annotated[int, Param("short side at the lowest", unit="pixels", low=1)] = 64

    name: ClassVar[str] = "low-resolution"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("resolution", self.side, "pixels")

    @property
    def title(self) -> str:
        return f"low resolution, {self.side} px"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        short = min(batch.x.shape[-2:])
        changed = whole(batch, lambda t: lower(t, self.side), moves=False)
        if short >= self.side:
            return changed
        reason = f"the picture's short side has {short} pixels already; choose fewer than that"
        return changed.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
