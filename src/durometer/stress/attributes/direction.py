"""The same object, turned where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cutout, over_premultiplied
from durometer.ops.geometry import of_similarities
from durometer.ops.warp import Similarity, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back, lost


@dataclass(frozen=True)
class Direction(Stressor):
    """Turn the object about its own centroid.

    What would reach beyond the canvas is cut, up to `lose`; the share that was is the fact `off_canvas`.
    Samples that would lose more are refused.
    """

    angle: Annotated[
        float | None,
        Param(
            "counterclockwise; drawn for each sample if left out",
            unit="degrees",
            low=-360,
            high=360,
        ),
    ] = None
    within: Annotated[float, Param("largest drawn angle, both ways", unit="degrees", low=0, high=180)] = 45.0
    lose: Annotated[float, Param("largest share of the object that may leave the canvas", low=0, high=1)] = (
        0.05
    )

    name: ClassVar[str] = "direction"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        if self.angle is None:
            return Dial("direction", self.within, "degrees at most")
        return Dial("direction", self.angle, "degrees")

    @property
    def title(self) -> str:
        return f"direction, within ±{self.within:g}°" if self.angle is None else f"direction, {self.angle:g}°"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        angles = self._angles(dice)
        motions = [
            AS_IT_IS if i in subject.refused else Similarity(c, c, degrees=a)
            for i, (c, a) in enumerate(zip(subject.center, angles, strict=True))
        ]
        moved = warp(cutout(batch.x, subject.mask), motions, boxes=subject.box)
        gone = lost(subject, moved[:, -1:], self.lose, "choose a smaller angle or allow more with lose")
        facts: dict[str, list[Scalar]] = {
            "angle": [round(a, 3) for a in angles],
            "off_canvas": [*gone],
            "touched_frame": [*subject.touches_frame()],
        }
        x = over_premultiplied(batch.aux["filled"], moved)
        motion = of_similarities(motions)
        return hand_back(batch, subject, x=x, mask=moved[:, -1:], facts=facts, motion=motion)

    def _angles(self, dice: Dice) -> list[float]:
        if self.angle is not None:
            return [self.angle] * len(dice.ids)
        return [self.within * chance for chance in dice.uniform("angle", low=-1, high=1).tolist()]
