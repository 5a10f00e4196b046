"""The same object where it was, as large as it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Batch, Dial, Dice, Scalar, Stressor
from durometer.ops.composite import cutout, over_premultiplied
from durometer.ops.geometry import of_similarities
from durometer.ops.warp import Similarity, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back

LEAST = 1.01
"""An object that can't even grow by a hundredth is not edited."""
NO_ROOM = "the object reaches the frame already and can't grow about its center; use size with a share"


@dataclass(frozen=True)
class FullSize(Stressor):
    """Enlarge the object about its centroid until it reaches the frame on one side; it stays whole.

    Its aspect and centroid are kept, so an object near the frame grows little, and one at the frame is
    refused. It covers its own hole, so it is read against the null edit.
    """

    name: ClassVar[str] = "full-size"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        return Dial("full size")

    @property
    def title(self) -> str:
        return "size, full"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        scales = [_room(subject, i) for i in range(len(batch))]
        for i in subject.usable:
            if scales[i] < LEAST:
                subject.refused[i] = NO_ROOM
        motions = [
            AS_IT_IS if i in subject.refused else Similarity(c, c, scales[i])
            for i, c in enumerate(subject.center)
        ]
        moved = warp(cutout(batch.x, subject.mask), motions, boxes=subject.box)
        facts: dict[str, list[Scalar]] = {"scale": [round(s, 4) for s in scales]}
        x = over_premultiplied(batch.aux["filled"], moved)
        motion = of_similarities(motions)
        return hand_back(batch, subject, x=x, mask=moved[:, -1:], facts=facts, motion=motion)


def _room(subject: Subject, i: int) -> float:
    """The largest scale about the centroid at which the box stays on the canvas."""
    (x, y), (left, top, right, bottom) = subject.center[i], subject.box[i]
    room = ((x, x - left), (y, y - top), (subject.width - x, right - x), (subject.height - y, bottom - y))
    return min((whole / part for whole, part in room if part > 0), default=1.0)
