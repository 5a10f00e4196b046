"""The object out of focus, its surroundings sharp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cut, over
from durometer.ops.within import blur_within, ratios, slope_within
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class ObjectBlur(Stressor):
    """Smooth the object's inside with a Gaussian; its outline stays where and as sharp as it was.

    Nothing of the background is drawn in. A lens would soften the outline too; here the shape is kept to the
    bit, so that detail alone is lost. The fact `slope_ratio` says how much of the steps between neighbors is
    left.
    """

    sigma: Annotated[
        float,
        Param(
            "standard deviation, as a share of the short side (0.01 is 2.56 pixels at 256)", low=0, high=0.2
        ),
    ] = 0.015

    name: ClassVar[str] = "object-blur"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("object blur", self.sigma, "sigma, share of the short side")

    @property
    def title(self) -> str:
        return f"object blur, {100 * self.sigma:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        color, alpha = cut(batch.x, subject.mask)
        smooth = blur_within(color, subject.mask, self.sigma * min(subject.height, subject.width)).clamp(0, 1)
        kept = ratios(slope_within(smooth, subject.mask), slope_within(color, subject.mask))
        facts: dict[str, list[Scalar]] = {"slope_ratio": [*kept]}
        return hand_back(batch, subject, x=over(batch.aux["filled"], smooth, alpha), facts=facts)
