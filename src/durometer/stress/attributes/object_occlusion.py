"""The same object, partly hidden by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from torch import Tensor

from durometer.core import Batch, Dial, Dice, Json, Param, Scalar, Stressor
from durometer.ops.beside import carried_beside
from durometer.ops.composite import cutout, over_premultiplied
from durometer.ops.exact import total
from durometer.ops.masks import SOLID, TRACE, bounding_box, centroid, dilate
from durometer.ops.masks import share as share_of
from durometer.ops.occluders import drawn_point
from durometer.ops.warp import Box, Point, Similarity, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back, unfit_reason
from durometer.stress.attributes.occluder_beside import APART
from durometer.stress.attributes.placebo_edit import LEAST
from durometer.stress.attributes.reference import Kin, reference_mask

SMALLEST, LARGEST = 1 / 64, 8.0
HALVINGS = 16
MET = 0.005
"""A share is met when it is missed by no more than this."""


@dataclass(frozen=True)
class ObjectOcclusion(Stressor):
    """Put another sample's object before this one, as large as it takes to hide this share of it.

    Its centroid stands on a drawn point of the object; its size is found by bisection. It is read against
    itself with `place` beside: the same other object at the same size, as is or mirrored, where it hides
    nothing. The mask that is returned is what is left to be seen. A model that names the other object isn't
    wrong about the picture: look at what was answered, or take references of the same class.
    """

    share: Annotated[float, Param("share of the object that is hidden", low=0.01, high=0.95)] = 0.4
    place: Annotated[Literal["before", "beside"], Param("before the object, or beside it as the control")] = (
        "before"
    )
    of: Annotated[Kin, Param("whose object the other may be, by the classes of the samples")] = "any"

    name: ClassVar[str] = "object-occlusion"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "reference"})
    control: ClassVar[str | None] = "object-occlusion"
    family: ClassVar[str] = "attributes"

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", None if self.place == "beside" else self.name)

    @property
    def control_params(self) -> Mapping[str, Json]:
        """The control is the same other object at the same size, beside."""
        return {"share": self.share, "place": "beside", "of": self.of} if self.place == "before" else {}

    @property
    def dial(self) -> Dial:
        axis = "occlusion by an object" if self.place == "before" else "another object beside"
        return Dial(axis, self.share, "share of the object")

    @property
    def title(self) -> str:
        if self.place == "beside":
            return f"another object beside, {100 * self.share:g} %"
        return f"occlusion by another object, {100 * self.share:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        other = cutout(batch.aux["reference"], reference_mask(batch, subject))
        motions = self._fitted(subject, other[:, -1:], dice)
        boxes = _boxes(other[:, -1:])
        moved = warp(other, motions, boxes=boxes)
        if self.place == "beside":
            moved = self._beside(subject, moved, dice)
        alpha = moved[:, -1:]
        facts: dict[str, list[Scalar]] = {
            "occluded": [round(h, 6) for h in _hidden(subject, alpha).tolist()],
            "occluder_share": [round(s, 6) for s in share_of(alpha).tolist()],
            "scale": [round(m.scale, 4) for m in motions],
        }
        background = over_premultiplied(batch.aux["filled"], moved) if "filled" in batch.aux else None
        return hand_back(
            batch,
            subject,
            x=over_premultiplied(batch.x, moved),
            mask=subject.mask * (1 - alpha),
            background=background,
            facts=facts,
        )

    def _fitted(self, subject: Subject, other: Tensor, dice: Dice) -> list[Similarity]:
        """Find each scale, refusing where none hides the share or too little would be left."""
        low = [SMALLEST] * len(subject.share)
        high = [LARGEST] * len(subject.share)
        places = list(zip(_points(centroid(other)), _points(drawn_point(dice, subject.mask)), strict=True))
        boxes = _boxes(other)

        def hidden(scales: list[float]) -> list[float]:
            motions = [Similarity(a, b, s) for (a, b), s in zip(places, scales, strict=True)]
            found: list[float] = _hidden(subject, warp(other, motions, boxes=boxes)).tolist()
            return found

        for _ in range(HALVINGS):
            middle = [(a * b) ** 0.5 for a, b in zip(low, high, strict=True)]
            less = [h < self.share for h in hidden(middle)]
            low = [m if is_less else a for a, m, is_less in zip(low, middle, less, strict=True)]
            high = [b if is_less else m for b, m, is_less in zip(high, middle, less, strict=True)]
        self._refuse(subject, hidden(high))
        return [
            AS_IT_IS if i in subject.refused else Similarity(a, b, s)
            for i, ((a, b), s) in enumerate(zip(places, high, strict=True))
        ]

    def _refuse(self, subject: Subject, hidden: list[float]) -> None:
        for i in subject.usable:
            if unfit_reason((1 - self.share) * subject.share[i], subject.height * subject.width):
                subject.refused[i] = "too little of the object would be left to be seen; hide a smaller share"
            elif abs(hidden[i] - self.share) > MET:
                subject.refused[i] = (
                    f"the other object hides {hidden[i]:.0%} of this one at most, not {self.share:.0%}; "
                    "hide a smaller share"
                )

    def _beside(self, subject: Subject, moved: Tensor, dice: Dice) -> Tensor:
        blocked = dilate((subject.mask > TRACE).to(subject.mask), APART)
        there = carried_beside(moved, (moved[:, -1:] >= SOLID).to(moved), blocked, dice)
        enough = total(there[:, -1:]) >= LEAST * total(moved[:, -1:])
        for i, is_enough in enumerate(enough.tolist()):
            if not is_enough:
                subject.refused.setdefault(
                    i,
                    "there is no room beside the object for a quarter of the other; "
                    "give images with more background around the object, or hide a smaller share",
                )
        return there


def _hidden(subject: Subject, alpha: Tensor) -> Tensor:
    return total(subject.mask * alpha) / total(subject.mask).clamp_min(1e-9)


def _points(at: Tensor) -> list[Point]:
    return [(x, y) for x, y in at.tolist()]


def _boxes(mask: Tensor) -> list[Box]:
    return [(a, b, c, d) for a, b, c, d in bounding_box(mask, TRACE).tolist()]
