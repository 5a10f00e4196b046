"""ImageNet-E's random direction: the whole layer turned about the image's center."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cutout, over_premultiplied
from durometer.ops.geometry import of_similarities
from durometer.ops.masks import share as share_of
from durometer.ops.warp import Similarity, warp
from durometer.stress.attributes.direction import Direction
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back, lost


@dataclass(frozen=True)
class PublishedDirection(Stressor):
    """Turn the object's layer about the center of the image, so that an object beside it moves as well.

    What leaves the canvas is lost, however much; `direction` is the isolated version, and both turn by the
    same drawn angle. How far the published images were turned is not in its public code; ±45° is our choice.
    """

    within: Annotated[float, Param("largest drawn angle, both ways", unit="degrees", low=0, high=180)] = 45.0

    name: ClassVar[str] = "published-direction"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        return Dial("published direction", self.within, "degrees at most")

    @property
    def title(self) -> str:
        return f"direction, within ±{self.within:g}°, as published"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        drawn = dice.named(Direction.name, Direction.version).uniform("angle", low=-1, high=1)
        angles = [self.within * chance for chance in drawn.tolist()]
        middle = (subject.width / 2, subject.height / 2)
        motions = [
            AS_IT_IS if i in subject.refused else Similarity(middle, middle, degrees=angle)
            for i, angle in enumerate(angles)
        ]
        layer = warp(cutout(batch.x, subject.mask), motions, boxes=subject.box)
        left = share_of(layer[:, -1:]).tolist()
        for i in subject.usable:
            if left[i] == 0:
                subject.refused[i] = "the turn takes all of the object off the canvas; choose a smaller angle"
        facts: dict[str, list[Scalar]] = {
            "angle": [round(angle, 3) for angle in angles],
            "off_canvas": [*lost(subject, layer[:, -1:], 1.0, "")],
            "touched_frame": [*subject.touches_frame()],
        }
        x = over_premultiplied(batch.aux["filled"], layer)
        motion = of_similarities(motions)
        return hand_back(batch, subject, x=x, mask=layer[:, -1:], facts=facts, motion=motion)
