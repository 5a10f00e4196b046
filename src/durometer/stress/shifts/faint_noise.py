"""Noise that nobody can see: the null of a search that has no other control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.stress.shifts.whole import whole

TILE = 64
"""Side of the square of noise that is drawn: fresh numbers for all pixels would cost more than the model."""


@dataclass(frozen=True)
class FaintNoise(Stressor):
    """Add whole gray levels, uniform from −levels to levels, to every pixel and channel.

    A square of 64 × 64 pixels is drawn and repeated. What leaves [0, 1] is cut off. Two levels can't be seen;
    whether an answer outlives the worst of many such pictures says how much of a worst case is only the
    choosing.
    """

    levels: Annotated[int, Param("largest change of a value", unit="gray levels", low=1, high=64)] = 2
    where: Annotated[
        Literal["everywhere", "background"],
        Param("background spares the object, where there is a mask"),
    ] = "everywhere"

    name: ClassVar[str] = "faint-noise"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("faint noise", float(self.levels), "gray levels")

    @property
    def title(self) -> str:
        return f"faint noise, ±{self.levels} gray levels"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        noise = self._noise(batch, dice)
        if self.where == "background" and "mask" in batch.aux:
            noise = noise * (1 - batch.aux["mask"])
        return whole(batch, lambda x: (x + noise).clamp_(0, 1), moves=False)

    def _noise(self, batch: Batch, dice: Dice) -> Tensor:
        channels, height, width = batch.x.shape[1:]
        drawn = dice.uniform("noise", (channels, TILE, TILE), -self.levels - 0.5, self.levels + 0.5)
        tile = torch.round(drawn).clamp_(-self.levels, self.levels).div_(255)
        return tile.repeat(1, 1, -(-height // TILE), -(-width // TILE))[..., :height, :width]
