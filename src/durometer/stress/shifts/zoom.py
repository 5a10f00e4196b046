"""The whole picture nearer or farther."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.geometry import of_similarities
from durometer.ops.warp import Similarity, warp
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class Zoom(Stressor):
    """Scale the picture about its middle: above 1 its rim is lost, below 1 its mirror image fills it."""

    factor: Annotated[float, Param("how much larger things become", unit="times", low=0.1, high=10)] = 1.25

    name: ClassVar[str] = "zoom"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("zoom", self.factor, "times")

    @property
    def title(self) -> str:
        return f"zoom, ×{self.factor:g}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        if self.factor == 1:
            return whole(batch, lambda t: t, moves=True)
        height, width = batch.x.shape[-2:]
        middle = (width / 2, height / 2)
        motions = [Similarity(middle, middle, self.factor)] * len(batch)
        return whole(
            batch, lambda t: warp(t, motions, padding="reflection"),
            moves=True, motion=of_similarities(motions),
        )  # fmt: skip
