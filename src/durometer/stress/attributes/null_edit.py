"""The control of background edits: the whole machinery, and nothing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Batch, Dice, Stressor
from durometer.ops.composite import cut, over
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class NullEdit(Stressor):
    """Cut the object out, fill its place, and paste it back where it was.

    What differs from the original is a rim a few pixels wide around the object. The drop it causes is the
    drop that cutting and pasting cause by themselves; background edits are read against it.
    """

    name: ClassVar[str] = "null-edit"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    family: ClassVar[str] = "attributes"

    @property
    def title(self) -> str:
        return "null edit"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        color, alpha = cut(batch.x, subject.mask)
        return hand_back(batch, subject, x=over(batch.aux["filled"], color, alpha))
