"""The same object before another picture's background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.composite import cut, over
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class RandomBackground(Stressor):
    """Put the object, unmoved, before a background drawn from the bank (never the sample's own).

    The donor's class may be asked for: with `same class` the background goes on telling what it told before,
    and only a seam is new; the difference to `any` is what a model takes from the background (BG-Gap).
    """

    of: Annotated[
        Literal["any", "same class", "another class"], Param("class of the picture that gives the background")
    ] = "any"

    name: ClassVar[str] = "random-background"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "donor"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "xiao2021"

    @property
    def dial(self) -> Dial:
        return Dial("background")

    @property
    def title(self) -> str:
        whose = {"any": "random", "same class": "of the same class"}.get(self.of, "of another class")
        return f"background, {whose}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, donor = Subject(batch), batch.aux["donor"]
        color, alpha = cut(batch.x, subject.mask)
        return hand_back(batch, subject, x=over(donor, color, alpha), background=donor)
