"""The same scene lit from one side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.ramp import ramp
from durometer.stress.attributes.scene import relit


@dataclass(frozen=True)
class LightingDirection(Stressor):
    """Let linear light fall off in a straight line across the canvas, mean luminance kept.

    Toward the light it is multiplied by 1 + strength, away from it by 1 − strength, before the mean luminance
    is matched. It is shading of the picture plane: the scene's own shadows stay where they were.
    """

    strength: Annotated[float, Param("share by which the light rises and falls", low=0, high=0.95)] = 0.6
    angle: Annotated[
        float | None,
        Param(
            "where the light comes from, counterclockwise: 0 right, 90 above; drawn if left out",
            unit="degrees",
            low=-360,
            high=360,
        ),
    ] = None

    name: ClassVar[str] = "lighting-direction"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("lighting direction", self.strength, "share of the light")

    @property
    def title(self) -> str:
        side = "a random side" if self.angle is None else f"{self.angle:g}°"
        return f"light from {side}, ±{100 * self.strength:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        angles = light_angles(self.angle, dice)
        height, width = batch.x.shape[-2:]
        slope = ramp(batch.x, angles, [(0.0, 0.0, float(width), float(height))] * len(angles))
        told: dict[str, list[Scalar]] = {"light_angle": [round(a, 3) for a in angles]}
        return relit(batch, 1 + self.strength * slope, told)


def light_angles(angle: float | None, dice: Dice) -> list[float]:
    """Return where the light comes from for each sample, in degrees: as given, or drawn."""
    drawn: list[float] = dice.uniform("light", high=360).tolist()
    return drawn if angle is None else [angle] * len(drawn)
