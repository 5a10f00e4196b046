"""The background alone: what the place says by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from durometer.core import Batch, Dial, Dice, Stressor
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class OnlyBackground(Stressor):
    """Remove the object and fill its place. A right answer is now a sign of a shortcut, not of strength."""

    name: ClassVar[str] = "only-background"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    keeps_label: ClassVar[bool] = False
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "xiao2021"

    @property
    def dial(self) -> Dial:
        return Dial("object removed")

    @property
    def title(self) -> str:
        return "only the background"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        return hand_back(batch, subject, x=batch.aux["filled"], mask=torch.zeros_like(subject.mask))
