"""The same object lit from one side, its surroundings as they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cut, over
from durometer.ops.light import same_luminance
from durometer.ops.ramp import ramp
from durometer.stress.attributes.editing import Subject, hand_back
from durometer.stress.attributes.lighting_direction import light_angles


@dataclass(frozen=True)
class ObjectLighting(Stressor):
    """Let linear light fall off in a straight line across the object, its mean luminance kept."""

    strength: Annotated[float, Param("share by which the light rises and falls", low=0, high=0.95)] = 0.8
    angle: Annotated[
        float | None,
        Param(
            "where the light comes from, counterclockwise: 0 right, 90 above; drawn if left out",
            unit="degrees",
            low=-360,
            high=360,
        ),
    ] = None

    name: ClassVar[str] = "object-lighting"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("object lighting", self.strength, "share of the light")

    @property
    def title(self) -> str:
        side = "a random side" if self.angle is None else f"{self.angle:g}°"
        return f"object lit from {side}, ±{100 * self.strength:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, angles = Subject(batch), light_angles(self.angle, dice)
        color, alpha = cut(batch.x, subject.mask)
        gain = 1 + self.strength * ramp(color, angles, subject.box)
        lit, _, ratio = same_luminance(color, gain, subject.mask)
        facts: dict[str, list[Scalar]] = {
            "light_angle": [round(a, 3) for a in angles],
            "luminance_ratio": [*ratio],
        }
        return hand_back(batch, subject, x=over(batch.aux["filled"], lit, alpha), facts=facts)
