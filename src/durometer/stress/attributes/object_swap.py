"""Another object in this one's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.align import as_a_whole
from durometer.ops.composite import cutout, over_premultiplied
from durometer.ops.warp import Similarity, warp
from durometer.stress.attributes.editing import AS_IT_IS, Subject, hand_back, lost
from durometer.stress.attributes.reference import Kin, reference_mask


@dataclass(frozen=True)
class ObjectSwap(Stressor):
    """Put another sample's object in this one's place: its centroid, its area, along its long axis.

    Identity is swapped, place and pose are kept, as in the triplets of (Shao et al., 2024). The label is gone
    with it, unless the reference is of the same class: an answer that stays is a sign that the model reads
    the background. What would reach beyond the canvas is cut, up to `lose`; samples that would lose more are
    refused.
    """

    turn: Annotated[bool, Param("whether the long axis is laid on the old one's")] = True
    lose: Annotated[float, Param("largest share of the object that may leave the canvas", low=0, high=1)] = (
        0.05
    )
    of: Annotated[Kin, Param("whose object the reference may be, by the classes of the samples")] = "any"

    name: ClassVar[str] = "object-swap"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled", "reference"})
    keeps_label: ClassVar[bool] = False
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "shao2024"

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeps_label", self.of == "same class")

    @property
    def dial(self) -> Dial:
        return Dial("identity")

    @property
    def title(self) -> str:
        kin = "" if self.of == "any" else f", {self.of}"
        return f"object swapped{kin}" if self.turn else f"object swapped, not turned{kin}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        mask = reference_mask(batch, subject)
        motions = self._motions(batch, subject)
        moved = warp(cutout(batch.aux["reference"], mask), motions)
        gone = lost(subject, moved[:, -1:], self.lose, "allow more with lose")
        facts: dict[str, list[Scalar]] = {
            "scale": [round(m.scale, 4) for m in motions],
            "angle": [round(m.degrees, 3) for m in motions],
            "off_canvas": [*gone],
        }
        x = over_premultiplied(batch.aux["filled"], moved)
        return hand_back(batch, subject, x=x, mask=moved[:, -1:], facts=facts)

    def _motions(self, batch: Batch, subject: Subject) -> list[Similarity]:
        found = as_a_whole(batch.aux["reference_mask"], subject.mask, turn=self.turn)
        return [AS_IT_IS if i in subject.refused else m for i, m in enumerate(found)]
