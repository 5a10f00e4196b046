"""The picture as a poorer camera would have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.filters import lower
from durometer.ops.pil_bicubic import down_and_up
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class LowResolution(Stressor):
    """Shrink the picture, antialiased, and enlarge it again.

    Bilinear in floating point, or bicubic on 8 bits, byte for byte as PIL, which is what LR0.FM does. With
    `side`, a picture whose short side is smaller already is refused.

    Source: LR0.FM, Pathak et al. (2025), for `filter = "bicubic"`.
    """

    share: Annotated[float, Param("share of the side that is left at the lowest", low=0.01, high=1)] = 0.25
    side: Annotated[
        int | None, Param("short side at the lowest; goes before share", unit="pixels", low=1)
    ] = None
    filter: Annotated[Literal["bilinear", "bicubic"], Param("of both steps")] = "bilinear"

    name: ClassVar[str] = "low-resolution"
    family: ClassVar[str] = "shifts"
    source: ClassVar[str] = "pathak2025"

    @property
    def dial(self) -> Dial:
        if self.side is None:
            return Dial("resolution", self.share, "share of the side")
        return Dial("resolution", self.side, "pixels")

    @property
    def title(self) -> str:
        return f"low resolution, {f'{100 * self.share:g} %' if self.side is None else f'{self.side} px'}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        short = min(batch.x.shape[-2:])
        side = max(1, round(self.share * short)) if self.side is None else self.side
        change = lower if self.filter == "bilinear" else down_and_up
        changed = whole(batch, lambda t: change(t, side), moves=False)
        if short >= side:
            return changed
        reason = f"the picture's short side has {short} pixels already; choose fewer than that"
        return changed.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
