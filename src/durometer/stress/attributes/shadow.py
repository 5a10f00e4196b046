"""A shadow that the object casts on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.cast import Cast, cast
from durometer.ops.light import relight
from durometer.ops.masks import share
from durometer.stress.attributes.editing import Subject, hand_back

LEAST = 0.1
"""The smallest shadow to be seen, as a share of the object's area."""
LEANS = (30.0, 65.0)
"""Drawn shadows lean this far from upright, in degrees, to either side."""
FLATTEST = 1.0
"""A shadow this near to the horizontal, in degrees, would have no width."""


@dataclass(frozen=True)
class Shadow(Stressor):
    """Darken the background where the object's outline, laid flat from its lowest point, falls.

    Linear light there is multiplied by 1 − strength, less in the soft edge; every pixel of the object stays.
    Drawn shadows fall behind the object, to the left or to the right. The ground is taken to be level and
    free, so a shadow may cross what stands there. Samples whose shadow would fall almost wholly off the
    canvas or behind the object are refused.
    """

    strength: Annotated[float, Param("share of the light that is taken", low=0, high=1)] = 0.6
    angle: Annotated[
        float | None,
        Param(
            "where it falls, clockwise from upright: 60 behind to the right, -150 in front to the left; "
            "drawn if left out",
            unit="degrees",
            low=-180,
            high=180,
        ),
    ] = None
    length: Annotated[float, Param("of the shadow", unit="times the object's height", low=0.05, high=5)] = 0.8
    softness: Annotated[
        float, Param("standard deviation of its edge, as a share of the short side", low=0, high=0.1)
    ] = 0.01

    name: ClassVar[str] = "shadow"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    family: ClassVar[str] = "attributes"

    def __post_init__(self) -> None:
        if self.angle is not None and abs(abs(self.angle) - 90) < FLATTEST:
            raise ValueError("a shadow at 90 degrees to upright has no width; choose an angle a degree off")

    @property
    def dial(self) -> Dial:
        return Dial("shadow", self.strength, "share of the light")

    @property
    def title(self) -> str:
        side = "" if self.angle is None else f" at {self.angle:g}°"
        return f"shadow{side}, {100 * self.strength:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, angles = Subject(batch), self._angles(dice)
        shadows = [Cast.falling(b, a, self.length) for b, a in zip(subject.box, angles, strict=True)]
        dark = cast(
            subject.mask, shadows, subject.box, sigma=self.softness * min(subject.height, subject.width)
        )
        seen = share(dark * (1 - subject.mask)).tolist()
        self._refuse_unseen(subject, seen)
        facts: dict[str, list[Scalar]] = {
            "shadow_angle": [round(a, 3) for a in angles],
            "shadow_share": [round(s, 6) for s in seen],
        }
        x = relight(batch.x, 1 - self.strength * dark * (1 - subject.mask))
        background = relight(batch.aux["filled"], 1 - self.strength * dark) if "filled" in batch.aux else None
        return hand_back(batch, subject, x=x, background=background, facts=facts)

    def _angles(self, dice: Dice) -> list[float]:
        chance = dice.uniform("lean", low=-1, high=1).tolist()
        if self.angle is not None:
            return [self.angle] * len(chance)
        return [(LEANS[0] + abs(c) * (LEANS[1] - LEANS[0])) * (1 if c >= 0 else -1) for c in chance]

    def _refuse_unseen(self, subject: Subject, seen: list[float]) -> None:
        for i in subject.usable:
            if seen[i] < LEAST * subject.share[i]:
                subject.refused[i] = (
                    "almost all of the shadow would fall off the canvas or behind the object; "
                    "choose another angle"
                )
