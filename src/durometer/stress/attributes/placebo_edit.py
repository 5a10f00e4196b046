"""The control of edits that expose filled background: a hole beside the object, the object untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from durometer.core import Batch, Dice, Stressor
from durometer.ops.beside import placed
from durometer.ops.fill import fill_hole, hole_of
from durometer.ops.masks import TRACE, centroid, dilate, share
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class PlaceboEdit(Stressor):
    """Fill a hole of the object's shape elsewhere in the background; every pixel of the object stays.

    Edits that move or shrink the object leave a filled hole behind. The drop that such a hole causes by
    itself is measured here, and those edits are read against it. The hole is mirrored, or else turned by
    quarters, where it fits in no other way; where there is no room for all of it, it stands where most of it
    fits, and what would touch the object or leave the canvas is cut off. `hole_share` says how large it is;
    a sample with room for less than a quarter of the object's area is refused.
    """

    name: ClassVar[str] = "placebo-edit"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    family: ClassVar[str] = "attributes"

    @property
    def title(self) -> str:
        return "placebo edit"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, filled = Subject(batch), batch.aux["filled"]
        blocked = dilate((subject.mask > TRACE).to(subject.mask.dtype), 1)
        hole, left = placed(hole_of(subject.mask), blocked, dice)
        for i, enough in enumerate((left >= LEAST).tolist()):
            if not enough:
                subject.refused.setdefault(i, NO_PLACE)
        # filled from the picture without the object, so that the object's colors don't run into the hole
        x = torch.where(hole > 0, fill_hole(filled, hole), batch.x)
        size = hole.new_tensor((subject.width, subject.height), dtype=torch.float64)
        across, down = (centroid(hole) / size).T.tolist()
        facts = {
            "hole_share": [round(s, 6) for s in share(hole).tolist()],
            "hole_x": [round(v, 6) for v in across],
            "hole_y": [round(v, 6) for v in down],
        }
        return hand_back(batch, subject, x=x, facts=facts)


LEAST = 0.25
"""The smallest hole that still says something of the cost of filling, as a share of the object's area."""
NO_PLACE = (
    "there is no room beside the object for a quarter of its area; "
    "give images with more background around the object"
)
