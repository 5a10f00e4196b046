"""The control of edits that expose filled background: a hole beside the object, the object untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from durometer.core import Batch, Dice, Stressor
from durometer.ops.fill import fill_hole, hole_of
from durometer.ops.masks import TRACE, centroid, dilate, share
from durometer.ops.places import elsewhere
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class PlaceboEdit(Stressor):
    """Fill a hole of the object's shape elsewhere in the background; every pixel of the object stays.

    Edits that move or shrink the object leave a filled hole behind. The drop that such a hole causes by
    itself is measured here, and those edits are read against it. The hole is mirrored, or else turned by
    quarters, where it fits in no other way; a sample where it does not fit is refused.
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
        hole, fits = elsewhere(hole_of(subject.mask), blocked, dice)
        for i, fit in enumerate(fits.tolist()):
            if not fit:
                subject.refused.setdefault(i, _no_place(subject.share[i]))
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


def _no_place(covered: float) -> str:
    return (
        f"no place beside an object of {covered:.0%} for a hole of its shape; "
        "give images with more background around the object"
    )
