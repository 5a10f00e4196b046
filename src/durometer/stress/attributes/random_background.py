"""The same object before another picture's background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Batch, Dial, Dice, Stressor
from durometer.ops.composite import cut, over
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class RandomBackground(Stressor):
    """Put the object, unmoved, before a background drawn from the bank (never the sample's own)."""

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
        return "background, random"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, donor = Subject(batch), batch.aux["donor"]
        color, alpha = cut(batch.x, subject.mask)
        return hand_back(batch, subject, x=over(donor, color, alpha), background=donor)
