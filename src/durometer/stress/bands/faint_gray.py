"""The picture that noise bands are laid over: gray and of low contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.color import luma
from durometer.ops.exact import mean
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class FaintGray(Stressor):
    """Make the picture gray, keep a fifth of its contrast, and set its mean level.

    Source: Subramanian et al. (2023): contrast 0.2 about the mean of ImageNet's levels, 0.449.
    """

    contrast: Annotated[float, Param("share of the contrast that is left", low=0.01, high=1)] = 0.2
    level: Annotated[float, Param("mean level", low=0, high=1)] = 0.449

    name: ClassVar[str] = "faint-gray"
    family: ClassVar[str] = "bands"
    source: ClassVar[str] = "subramanian2023"

    @property
    def dial(self) -> Dial:
        return Dial("contrast left", self.contrast, "share")

    @property
    def title(self) -> str:
        return f"faint gray, contrast × {self.contrast:g}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        return whole(
            batch,
            lambda x: faint(x, self.contrast, self.level).clamp(0, 1).expand_as(x).clone(),
            moves=False,
        )


def faint(x: Tensor, contrast: float, level: float) -> Tensor:
    """Return (B, 1, H, W): the brightness of x about its own mean, times `contrast`, plus `level`."""
    gray = luma(x)
    middle = mean(gray).to(gray)[:, None, None, None]
    return (gray - middle) * contrast + level
