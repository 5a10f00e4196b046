"""The surroundings out of focus, the object sharp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cut, over
from durometer.ops.filters import gaussian_blur
from durometer.ops.within import ratios, slope_within
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class BackgroundBlur(Stressor):
    """Smooth the background with a Gaussian; every pixel of the object stays.

    It is the filled background that is smoothed, so that nothing of the object bleeds into its surroundings.
    The fact `slope_ratio` says how much of the background's steps between neighbors is left.
    """

    sigma: Annotated[
        float,
        Param(
            "standard deviation, as a share of the short side (0.01 is 2.56 pixels at 256)", low=0, high=0.2
        ),
    ] = 0.03

    name: ClassVar[str] = "background-blur"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("background blur", self.sigma, "sigma, share of the short side")

    @property
    def title(self) -> str:
        return f"background blur, {100 * self.sigma:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, filled = Subject(batch), batch.aux["filled"]
        color, alpha = cut(batch.x, subject.mask)
        smooth = gaussian_blur(filled, self.sigma * min(subject.height, subject.width)).clamp(0, 1)
        outside = 1 - alpha
        kept = ratios(slope_within(smooth, outside), slope_within(filled, outside))
        facts: dict[str, list[Scalar]] = {"slope_ratio": [*kept]}
        return hand_back(batch, subject, x=over(smooth, color, alpha), background=smooth, facts=facts)
