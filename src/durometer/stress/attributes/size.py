"""The same object, larger or smaller, where it was."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cutout, over_premultiplied
from durometer.ops.geometry import of_similarities
from durometer.ops.masks import share as share_of
from durometer.ops.warp import Similarity, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back

ROUNDS = 2
"""Corrections of the scale; each takes the square root of the ratio of wanted to achieved share."""


@dataclass(frozen=True)
class Size(Stressor):
    """Scale the object about its centroid until it covers this share of the canvas; its aspect is kept.

    The object stays whole: a sample is refused where the wanted size would reach beyond the canvas.
    """

    share: Annotated[
        float, Param("share of the canvas that the object covers afterwards", low=0.001, high=0.9)
    ] = 0.1

    name: ClassVar[str] = "size"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        return Dial("size", self.share, "share of pixels")

    @property
    def title(self) -> str:
        return f"size, {100 * self.share:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        scales = self._scales(subject)
        motions = self._motions(subject, scales)
        moved = warp(cutout(batch.x, subject.mask), motions, boxes=subject.box)
        x = over_premultiplied(batch.aux["filled"], moved)
        facts: dict[str, list[Scalar]] = {
            "scale": [round(s, 4) for s in scales],
            "touched_frame": [*subject.touches_frame()],
        }
        motion = of_similarities(motions)
        return hand_back(batch, subject, x=x, mask=moved[:, -1:], facts=facts, motion=motion)

    def _scales(self, subject: Subject) -> list[float]:
        """Find each scale, refusing what would not stay whole or would not keep enough pixels."""
        scales = [math.sqrt(self.share / s) if s else 1.0 for s in subject.share]
        self._refuse(subject, scales)
        for _ in range(ROUNDS):
            achieved = share_of(
                warp(subject.mask, self._motions(subject, scales), boxes=subject.box)
            ).tolist()
            scales = [
                s * math.sqrt(self.share / a) if a else s for s, a in zip(scales, achieved, strict=True)
            ]
        return scales

    def _refuse(self, subject: Subject, scales: list[float]) -> None:
        for i in subject.usable:
            center = subject.center[i]
            if not subject.inside(Similarity(center, center, scales[i]).box(subject.box[i])):
                subject.refused[i] = (
                    f"the object can't cover {self.share:.1%} about its center "
                    "and stay on the canvas; choose a smaller share"
                )

    def _motions(self, subject: Subject, scales: list[float]) -> list[Similarity]:
        return [
            AS_IT_IS if i in subject.refused else Similarity(c, c, scales[i])
            for i, c in enumerate(subject.center)
        ]
