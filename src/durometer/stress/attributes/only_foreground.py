"""The object alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.color import plain
from durometer.ops.composite import cut, over
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class OnlyForeground(Stressor):
    """Put the object, unmoved, before one plain color."""

    color: Annotated[
        tuple[float, float, float],
        Param("red, green and blue of the background", unit="share of full", low=0, high=1),
    ] = (0.5, 0.5, 0.5)

    name: ClassVar[str] = "only-foreground"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "xiao2021"

    @property
    def dial(self) -> Dial:
        return Dial("background")

    @property
    def title(self) -> str:
        return "only the object"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, background = Subject(batch), plain(batch.x, self.color)
        color, alpha = cut(batch.x, subject.mask)
        return hand_back(batch, subject, x=over(background, color, alpha), background=background)
