"""The control of occlusion: the very same occluder, beside the object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.beside import placed
from durometer.ops.composite import over
from durometer.ops.masks import TRACE, dilate, neighbors
from durometer.ops.masks import share as share_of
from durometer.stress.attributes.editing import Subject, hand_back
from durometer.stress.attributes.occlusion import Occlusion, Shape
from durometer.stress.attributes.placebo_edit import LEAST

APART = 2
"""So many pixels at least lie between the object and the occluder's soft edge."""


@dataclass(frozen=True)
class OccluderBeside(Stressor):
    """Put the occluder that `occlusion` would put before the object where it hides nothing of it.

    The drop that a strange thing in the picture causes by itself is measured here; occlusion of the same
    share is read against it. The same dice give the same shape and texture. Where there is no room for all of
    it, it stands where most of it fits and the rest is cut off; a sample with room for less than a quarter of
    it is refused. Every pixel of the object stays.
    """

    share: Annotated[
        float, Param("share of the object that the occluder would hide before it", low=0.01, high=0.95)
    ] = 0.4
    by: Annotated[Shape, Param("what stands beside the object")] = "blob"

    name: ClassVar[str] = "occluder-beside"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial(f"occluder beside, {self.by}", self.share, "share of the object")

    @property
    def title(self) -> str:
        return f"occluder beside the object, {self.by}, {100 * self.share:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, before = Subject(batch), Occlusion(share=self.share, by=self.by)
        same = dice.named(before.name, before.version)
        shape, _ = before.shape(subject, same)
        blocked = dilate((subject.mask > TRACE).to(subject.mask), APART)
        hard, left = placed((shape > 0.5).to(shape), blocked, dice)
        for i, enough in enumerate((left >= LEAST).tolist()):
            if not enough:
                subject.refused.setdefault(i, NO_PLACE)
        alpha, cover = neighbors(hard), before.skin(batch, same)
        facts: dict[str, list[Scalar]] = {
            "occluded": [0.0] * len(batch),
            "occluder_share": [round(s, 6) for s in share_of(alpha).tolist()],
        }
        background = over(batch.aux["filled"], cover, alpha) if "filled" in batch.aux else None
        return hand_back(batch, subject, x=over(batch.x, cover, alpha), background=background, facts=facts)


NO_PLACE = (
    "there is no room beside the object for a quarter of its occluder; "
    "give images with more background around the object, or hide a smaller share"
)
