"""The same object, mirrored where it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cut, over_premultiplied, premultiplied
from durometer.ops.exact_moves import mirror
from durometer.ops.geometry import of_mirrors
from durometer.stress.attributes.editing import Subject, hand_back, lost


@dataclass(frozen=True)
class FlipObject(Stressor):
    """Mirror the object about its centroid, to within half a pixel, so that no pixel is resampled.

    What would reach beyond the canvas is cut, up to `lose`; samples that would lose more are refused.
    """

    over: Annotated[Literal["left-right", "up-down"], Param("which sides change places")] = "left-right"
    lose: Annotated[float, Param("largest share of the object that may leave the canvas", low=0, high=1)] = (
        0.05
    )

    name: ClassVar[str] = "flip-object"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("object mirrored")

    @property
    def title(self) -> str:
        return f"object mirrored, {self.over}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        sideways = self.over == "left-right"
        sums = [_sum(center[0 if sideways else 1]) for center in subject.center]
        color, alpha = cut(batch.x, subject.mask)
        moved = mirror(premultiplied(color, alpha), sums, sideways=sideways)
        mask = mirror(subject.mask, sums, sideways=sideways)
        gone = lost(subject, mask, self.lose, "move the object inward first or allow more with lose")
        x = over_premultiplied(batch.aux["filled"], moved)
        facts: dict[str, list[Scalar]] = {"off_canvas": [*gone], "touched_frame": [*subject.touches_frame()]}
        motion = of_mirrors([at + 1 for at in sums], sideways=sideways)  # of pixel edges, not of indices
        return hand_back(batch, subject, x=x, mask=mask, facts=facts, motion=motion)


def _sum(center: float) -> int:
    """Index i goes to sum − i: the center 2c of the continuous mirror, at pixel centers i + 1/2."""
    return math.floor(2 * center - 1 + 0.5)
