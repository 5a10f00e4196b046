"""The picture without its color."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.color import toward_gray
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class Gray(Stressor):
    """Take the color away; brightness (ITU-R 601) stays."""

    amount: Annotated[float, Param("share of the color taken away", low=0, high=1)] = 1.0

    name: ClassVar[str] = "gray"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("gray", self.amount, "share of color removed")

    @property
    def title(self) -> str:
        return "gray" if self.amount == 1 else f"gray, {100 * self.amount:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        return whole(batch, lambda t: toward_gray(t, self.amount), moves=False)
