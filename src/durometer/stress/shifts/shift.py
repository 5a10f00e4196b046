"""The whole picture moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.filters import reflect
from durometer.ops.geometry import of_steps
from durometer.stress.shifts.whole import at_index, whole

SIDES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


@dataclass(frozen=True)
class Shift(Stressor):
    """Move the whole picture by whole pixels; the strip that opens is filled by its mirror image."""

    share: Annotated[float, Param("how far, as a share of the width or height", low=0, high=1)] = 0.1
    toward: Annotated[
        Literal["random", "left", "right", "up", "down"], Param("side; random draws one for each sample")
    ] = "random"

    name: ClassVar[str] = "shift"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("shift", self.share, "share of the side")

    @property
    def title(self) -> str:
        side = "" if self.toward == "random" else f" {self.toward}"
        return f"shift, {100 * self.share:g} %{side}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        names = list(SIDES)
        chosen = [names[i] for i in dice.integers("side", 0, len(names)).tolist()]
        sides = chosen if self.toward == "random" else [self.toward] * len(batch)
        height, width = batch.x.shape[-2:]
        by = [
            (SIDES[s][0] * round(self.share * width), SIDES[s][1] * round(self.share * height)) for s in sides
        ]
        at = torch.tensor(by, device=batch.x.device)
        columns = reflect(torch.arange(width, device=batch.x.device) - at[:, :1], width)
        rows = reflect(torch.arange(height, device=batch.x.device) - at[:, 1:], height)
        return whole(
            batch, lambda t: at_index(t, rows, columns),
            moves=True, facts={"toward": sides}, motion=of_steps(by),
        )  # fmt: skip
