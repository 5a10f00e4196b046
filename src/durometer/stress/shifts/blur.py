"""The picture out of focus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.filters import gaussian_blur
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class Blur(Stressor):
    """Smooth the picture with a Gaussian, as a lens out of focus does, roughly."""

    sigma: Annotated[
        float,
        Param(
            "standard deviation, as a share of the short side (0.01 is 2.56 pixels at 256)", low=0, high=0.2
        ),
    ] = 0.01

    name: ClassVar[str] = "blur"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("blur", self.sigma, "sigma, share of the short side")

    @property
    def title(self) -> str:
        return f"blur, {100 * self.sigma:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        sigma = self.sigma * min(batch.x.shape[-2:])
        return whole(batch, lambda t: gaussian_blur(t, sigma).clamp(0, 1), moves=False)
