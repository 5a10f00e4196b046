"""The whole picture turned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.geometry import of_similarities
from durometer.ops.warp import Similarity, warp
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class Rotate(Stressor):
    """Turn the whole picture about its middle; the corners that open are filled by its mirror image."""

    degrees: Annotated[float, Param("angle", unit="degrees", low=0, high=180)] = 15.0
    toward: Annotated[
        Literal["random", "left", "right"],
        Param("left is counterclockwise; random draws a side for each sample"),
    ] = "random"

    name: ClassVar[str] = "rotate"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("rotate", self.degrees, "degrees")

    @property
    def title(self) -> str:
        side = "" if self.toward == "random" else f" {self.toward}"
        return f"rotate, {self.degrees:g}°{side}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        sides = dice.integers("side", 0, 2).tolist() if self.toward == "random" else [0] * len(batch)
        signs = [-1 if side or self.toward == "right" else 1 for side in sides]
        facts = {"angle": [sign * self.degrees for sign in signs]}
        if self.degrees == 0:
            return whole(batch, lambda t: t, moves=True, facts=facts)
        height, width = batch.x.shape[-2:]
        middle = (width / 2, height / 2)
        motions = [Similarity(middle, middle, degrees=sign * self.degrees) for sign in signs]
        return whole(
            batch, lambda t: warp(t, motions, padding="reflection"),
            moves=True, facts=facts, motion=of_similarities(motions),
        )  # fmt: skip
