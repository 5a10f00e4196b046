"""ImageNet-E's random position: made small first, then moved."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import over_premultiplied
from durometer.ops.exact_moves import translate
from durometer.ops.geometry import of_similarities, of_steps, then
from durometer.stress.attributes.editing import Subject, hand_back
from durometer.stress.attributes.position import Position
from durometer.stress.attributes.published.loose import largest_box, loose_layer, only_inside


@dataclass(frozen=True)
class PublishedPosition(Stressor):
    """Bring the object to a loose 5 % of the canvas, then move it anywhere: its drop holds the size's drop.

    What is moved is the box around the part of the mask with the largest box; its corner is drawn uniformly
    among all places where the box fits. Parts outside the box are lost. `position` is the isolated version;
    both take the same dice.
    """

    share: Annotated[
        float, Param("share of the canvas that the object covers first, loosely", low=0.001, high=0.9)
    ] = 0.05

    name: ClassVar[str] = "published-position"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        return Dial("published position", self.share, "share of pixels")

    @property
    def title(self) -> str:
        return f"position, random at {100 * self.share:g} %, as published"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        layer, motions = loose_layer(batch, subject, self.share)
        chance = dice.named(Position.name, Position.version).uniform("place", (2,)).tolist()
        kept, steps = layer.clone(), [(0, 0)] * len(batch)
        for i in subject.usable:
            box = largest_box(layer[i, -1:])
            kept[i] = only_inside(layer[i], box)
            right, down = (_drawn(c, n) for c, n in zip(
                chance[i], (subject.width - box.w, subject.height - box.h), strict=True
            ))  # fmt: skip
            steps[i] = right - box.x, down - box.y
        moved = translate(kept, steps)
        facts: dict[str, list[Scalar]] = {
            "scale": [round(m.scale, 4) for m in motions],
            "moved": [round(math.hypot(*s) / min(subject.width, subject.height), 4) for s in steps],
        }
        x = over_premultiplied(batch.aux["filled"], moved)
        motion = then(of_similarities(motions), of_steps(steps))
        return hand_back(batch, subject, x=x, mask=moved[:, -1:], facts=facts, motion=motion)


def _drawn(chance: float, room: int) -> int:
    return min(math.floor(chance * (room + 1)), room)
