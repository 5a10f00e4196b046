"""A part of another picture's object, carried onto the same part of this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.align import as_a_whole, box_to_box
from durometer.ops.composite import cut, cutout
from durometer.ops.masks import SOLID, area, centroid, dilate
from durometer.ops.membrane import membrane
from durometer.ops.push_pull import push_pull
from durometer.ops.regions import part
from durometer.ops.warp import Motion, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back
from durometer.stress.attributes.reference import Kin, reference_mask

BAND = 0.04
"""How far from the seam colors are adjusted, as a share of the short side (10 pixels at 256)."""
HALF = 0.5
"""Up to this share of another's a person still names the object."""
ENLARGED = (1.0, 1.25, 1.5, 2.0)
"""Tried in this order: how many times larger than the part the reference's part is laid on it."""
INVENTED = 0.25
"""The largest share of the part that may be continued from the reference's edge."""


@dataclass(frozen=True)
class AttributeTransfer(Stressor):
    """Show, on a part of the object, what another sample's object has there; outline and background stay.

    The part is `extent` of the object's area from one side or around its center. The reference's object is
    laid on this one: its own such part from box to box, enlarged up to twice until it covers enough, or the
    whole of it from box to box, or to the same centroid and area, or turned onto its long axis too. Where it
    does not reach, its colors are continued smoothly; the share of the part that was so invented is the fact
    `invented`, and above a quarter the sample is refused. At the seam the difference of colors fades into the
    part over 4 % of the short side (a membrane), or not at all.

    Up to half the object, or from the same class, the label is kept; beyond it is a diagnostic.
    """

    extent: Annotated[float, Param("share of the object's area", low=0.01, high=1)] = 0.3
    start: Annotated[
        Literal["top", "bottom", "left", "right", "center"], Param("where the part begins to grow")
    ] = "top"
    align: Annotated[
        Literal["part", "box", "whole", "axes"],
        Param("what is laid on what: the parts, the boxes, centroid and area, or the long axes too"),
    ] = "part"
    seam: Annotated[Literal["membrane", "hard"], Param("whether colors fade at the seam")] = "membrane"
    of: Annotated[Kin, Param("whose object the reference may be, by the classes of the samples")] = "any"

    name: ClassVar[str] = "attribute-transfer"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "reference"})
    keeps_label: ClassVar[bool] = True
    family: ClassVar[str] = "attributes"

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeps_label", self.extent <= HALF or self.of == "same class")

    @property
    def dial(self) -> Dial:
        return Dial("attribute transfer", self.extent, "share of the object")

    @property
    def title(self) -> str:
        return f"attribute transfer, {100 * self.extent:g} % from the {self.start}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        mask = reference_mask(batch, subject)
        chosen = part(subject.mask, self.start, self.extent)
        color, reached, enlarged = self._laid_on(batch, subject, mask, chosen)
        invented = _ratio(area(chosen * (1 - reached)), area(chosen))
        for i in subject.usable:
            if invented[i] > INVENTED:
                subject.refused[i] = UNCOVERED
        own, _ = cut(batch.x, subject.mask)
        if self.seam == "membrane":
            color = color + self._faded(own - color, subject.mask, chosen)
        new = batch.x + subject.mask * (color.clamp(0, 1) - own)
        facts: dict[str, list[Scalar]] = {
            "extent_achieved": [*_ratio(area(chosen * subject.mask), area(subject.mask))],
            "invented": [*invented],
            **({"enlarged": [*enlarged]} if self.align == "part" else {}),
        }
        return hand_back(batch, subject, x=torch.where(chosen > 0, new.clamp(0, 1), batch.x), facts=facts)

    def _laid_on(
        self, batch: Batch, subject: Subject, mask: Tensor, chosen: Tensor
    ) -> tuple[Tensor, Tensor, list[float]]:
        """Return the reference's colors (B, C, H, W), continued, where they are its own, and enlargements."""
        motions: list[Motion] = [AS_IT_IS] * len(batch)
        enlarged, usable = [1.0] * len(batch), subject.usable
        for i, motion in zip(usable, self._motions(mask[usable], subject.mask[usable]), strict=True):
            motions[i] = motion
        if self.align == "part":
            for i in usable:
                motions[i], enlarged[i] = self._covering(mask[i : i + 1], chosen[i : i + 1])
        moved = warp(cutout(batch.aux["reference"], mask), motions)
        reached = (moved[:, -1:] >= SOLID).to(batch.x)
        return push_pull(moved[:, :-1] / moved[:, -1:].clamp_min(SOLID), reached), reached, enlarged

    def _covering(self, mask: Tensor, chosen: Tensor) -> tuple[Motion, float]:
        """Return the motion of the reference's part onto the chosen one, enlarged until it covers enough."""
        source = part(mask, self.start, self.extent) * mask
        (motion,), (center,) = box_to_box(source, chosen), centroid(source).tolist()
        for times in ENLARGED:
            larger = motion.enlarged(times, (center[0], center[1]))
            bare = area(chosen * (warp(mask, [larger]) < SOLID))
            if float(bare) <= INVENTED * float(area(chosen)):
                break
        return larger, times

    def _motions(self, source: Tensor, target: Tensor) -> Sequence[Motion]:
        if self.align == "box":
            return box_to_box(source, target)
        return as_a_whole(source, target, turn=self.align == "axes")

    def _faded(self, difference: Tensor, mask: Tensor, chosen: Tensor) -> Tensor:
        """Return the difference at the seam, fading to nothing inside the part."""
        kept = ((mask >= SOLID) & (chosen == 0)).to(mask)
        radius = max(1, round(BAND * min(mask.shape[-2:])))
        deep = chosen * (1 - dilate(kept, radius))
        return membrane(difference * kept, torch.maximum(kept, deep))


def _ratio(some: Tensor, of: Tensor) -> list[float]:
    return [round(a / b, 4) if b else 0.0 for a, b in zip(some.tolist(), of.tolist(), strict=True)]


UNCOVERED = "the reference's object leaves more than a quarter of the part uncovered; choose another align"
