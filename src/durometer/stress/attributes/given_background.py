"""The same object before a background that somebody chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.data.bank import cover
from durometer.data.images import read_image
from durometer.ops.composite import cut, over
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class GivenBackground(Stressor):
    """Put the object, unmoved, before the picture in a file, scaled to cover the canvas, its center kept.

    At the canvas's own size the picture is taken pixel by pixel. Without a file the background is middle
    gray.

    Raises:
        DataError: the file can't be read as an image.
    """

    file: Annotated[str, Param("a picture; plain middle gray if left out")] = ""

    name: ClassVar[str] = "given-background"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("background")

    @property
    def title(self) -> str:
        return "background, given"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject, background = Subject(batch), self._background(batch)
        color, alpha = cut(batch.x, subject.mask)
        return hand_back(batch, subject, x=over(background, color, alpha), background=background)

    def _background(self, batch: Batch) -> Tensor:
        channels, height, width = batch.x.shape[1:]
        if not self.file:
            return torch.full_like(batch.x, 128 / 255)
        picture = cover(read_image(self.file).x, height, width).float().div_(255)
        if picture.shape[0] != channels:
            picture = picture.mean(dim=0, keepdim=True) if channels == 1 else picture.expand(channels, -1, -1)
        return picture.to(batch.x).expand_as(batch.x)
