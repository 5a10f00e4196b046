"""The same scene in haze: what is farther fades more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.light import veiled
from durometer.stress.attributes.editing import Subject, hand_back

AIR = (0.8, 0.82, 0.85)
"""Bright, a little blue: sRGB."""


@dataclass(frozen=True)
class Haze(Stressor):
    """Fade the scene toward the color of the air by t = exp(−density · depth), in linear light.

    The depth is a model of two planes: the object stands at depth 1, all of the background at `depth`.
    Nothing is cut out or filled; a soft edge of the mask lies between the two in proportion. At `depth` 1 the
    haze is even.
    """

    density: Annotated[float, Param("extinction for each unit of depth; 0 is clear air", low=0, high=20)] = (
        0.3
    )
    depth: Annotated[
        float, Param("of the background, the object's being 1", unit="times", low=1, high=1000)
    ] = 3.0
    airlight: Annotated[
        tuple[float, float, float],
        Param("red, green and blue of the air, sRGB", unit="share of full", low=0, high=1),
    ] = AIR

    name: ClassVar[str] = "haze"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "koschmieder1924"

    @property
    def dial(self) -> Dial:
        return Dial("haze", self.density, "extinction at the object")

    @property
    def title(self) -> str:
        return f"haze, density {self.density:g}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        near, far = math.exp(-self.density), math.exp(-self.density * self.depth)
        x = veiled(batch.x, subject.mask * near + (1 - subject.mask) * far, self.airlight)
        background = None
        if "filled" in batch.aux:
            background = veiled(batch.aux["filled"], batch.x.new_full((1, 1, 1, 1), far), self.airlight)
        facts = {
            "transmission": [round(near, 6)] * len(batch),
            "transmission_behind": [round(far, 6)] * len(batch),
        }
        return hand_back(batch, subject, x=x, background=background, facts=facts)
