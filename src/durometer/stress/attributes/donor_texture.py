"""The same shape in the skin of another picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.stress.attributes.editing import Subject
from durometer.stress.attributes.object_texture import dressed


@dataclass(frozen=True)
class DonorTexture(Stressor):
    """Replace the object's detail by what another picture's background shows there; see object-texture."""

    color: Annotated[
        Literal["object", "texture"], Param("whose colors are shown: the object's coarse ones or the donor's")
    ] = "texture"
    amount: Annotated[float, Param("share of the new skin in the mix", low=0, high=1)] = 1.0

    name: ClassVar[str] = "donor-texture"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled", "donor"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("object texture", self.amount, "share of the new skin")

    @property
    def title(self) -> str:
        mix = "" if self.amount == 1 else f", {100 * self.amount:g} %"
        return f"object texture, another picture's{mix}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        colored = self.color == "texture"
        return dressed(batch, Subject(batch), batch.aux["donor"], amount=self.amount, colored=colored)
