"""The same object, farther away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cut, over_premultiplied, premultiplied
from durometer.ops.geometry import of_similarities
from durometer.ops.light import veiled
from durometer.ops.warp import Similarity, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back, unfit_reason
from durometer.stress.attributes.haze import AIR


@dataclass(frozen=True)
class Distance(Stressor):
    """Move the object `times` as far away: 1/times as large about its centroid, and behind more haze.

    The air between takes its share as t = exp(−density · (times − 1)), in linear light: at its old distance
    the object is clear. Samples whose object would be too small to be edited are refused.
    """

    times: Annotated[float, Param("new distance over the old", unit="times", low=1, high=50)] = 2.0
    density: Annotated[float, Param("extinction for each old distance; 0 is clear air", low=0, high=20)] = 0.2
    airlight: Annotated[
        tuple[float, float, float],
        Param("red, green and blue of the air, sRGB", unit="share of full", low=0, high=1),
    ] = AIR

    name: ClassVar[str] = "distance"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "koschmieder1924"

    @property
    def dial(self) -> Dial:
        return Dial("distance", self.times, "times as far")

    @property
    def title(self) -> str:
        return f"distance, ×{self.times:g}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        self._refuse_small(subject)
        arrives = math.exp(-self.density * (self.times - 1))
        color, _ = cut(batch.x, subject.mask)
        faded = veiled(color, color.new_full((1, 1, 1, 1), arrives), self.airlight)
        motions = self._motions(subject)
        moved = warp(premultiplied(faded, subject.mask), motions, boxes=subject.box)
        facts: dict[str, list[Scalar]] = {
            "scale": [round(1 / self.times, 6)] * len(batch),
            "transmission": [round(arrives, 6)] * len(batch),
            "touched_frame": [*subject.touches_frame()],
        }
        x = over_premultiplied(batch.aux["filled"], moved)
        motion = of_similarities(motions)
        return hand_back(batch, subject, x=x, mask=moved[:, -1:], facts=facts, motion=motion)

    def _refuse_small(self, subject: Subject) -> None:
        for i in subject.usable:
            if unfit_reason(subject.share[i] / self.times**2, subject.height * subject.width):
                subject.refused[i] = (
                    f"{self.times:g} times as far away the object would have too few pixels left; "
                    "choose a shorter distance or a larger canvas"
                )

    def _motions(self, subject: Subject) -> list[Similarity]:
        return [
            AS_IT_IS if i in subject.refused else Similarity(c, c, 1 / self.times)
            for i, c in enumerate(subject.center)
        ]
