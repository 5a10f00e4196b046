"""The same object before a generated texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.composite import cut, over
from durometer.ops.texture import texture
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class TextureBackground(Stressor):
    """Put the object, unmoved, before a texture that shows no thing at all."""

    kind: Annotated[
        Literal["random", "clouds", "stripes", "checks", "spots"],
        Param("which texture; random draws one of the four for each sample"),
    ] = "random"

    name: ClassVar[str] = "texture-background"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("background")

    @property
    def title(self) -> str:
        return "background, texture" if self.kind == "random" else f"background, {self.kind}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        made, kinds = texture(dice, *batch.x.shape[1:], kind=self.kind)
        background = made.to(batch.x)
        color, alpha = cut(batch.x, subject.mask)
        x = over(background, color, alpha)
        return hand_back(batch, subject, x=x, background=background, facts={"texture": kinds})
