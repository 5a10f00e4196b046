"""The same shape with another skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.color import luma
from durometer.ops.composite import cut, over
from durometer.ops.retexture import coarse, retextured
from durometer.ops.texture import texture
from durometer.ops.within import mean_within
from durometer.stress.attributes.editing import Subject, hand_back

COARSE = 0.04
"""Where shading ends and detail begins, as a share of the short side (10 pixels at 256)."""


@dataclass(frozen=True)
class ObjectTexture(Stressor):
    """Replace the object's detail by a generated texture; its shape is kept to the bit, its shading coarsely.

    What is coarser than 4 % of the short side stays: brightness always, color too unless `color` is the
    texture's. The fact `shading_error` is the mean difference of coarse brightness that is left (dark objects
    can't be made to carry bright detail, nor white ones any).
    """

    kind: Annotated[
        Literal["random", "clouds", "stripes", "checks", "spots"],
        Param("which texture; random draws one of the four for each sample"),
    ] = "random"
    color: Annotated[
        Literal["object", "texture"],
        Param("whose colors are shown: the object's coarse ones or the texture's"),
    ] = "object"
    amount: Annotated[float, Param("share of the new skin in the mix", low=0, high=1)] = 1.0

    name: ClassVar[str] = "object-texture"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"

    @property
    def dial(self) -> Dial:
        return Dial("object texture", self.amount, "share of the new skin")

    @property
    def title(self) -> str:
        mix = "" if self.amount == 1 else f", {100 * self.amount:g} %"
        return f"object texture, {self.kind}{mix}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        made, kinds = texture(dice, *batch.x.shape[1:], kind=self.kind)
        return dressed(
            batch,
            subject,
            made.to(batch.x),
            amount=self.amount,
            colored=self.color == "texture",
            texture=[*kinds],
        )


def dressed(
    batch: Batch, subject: Subject, pattern: Tensor, *, amount: float, colored: bool, **facts: list[Scalar]
) -> Batch:
    """Return the batch with each object in the skin of its pattern (B, C, H, W)."""
    sigma = COARSE * min(subject.height, subject.width)
    color, alpha = cut(batch.x, subject.mask)
    skin = retextured(color, subject.mask, pattern, sigma=sigma, colored=colored)
    new = (1 - amount) * color + amount * skin
    was, now = (coarse(luma(t), subject.mask, sigma) for t in (color, new))
    error = mean_within((now - was).abs(), subject.mask)
    told: dict[str, list[Scalar]] = {**facts, "shading_error": [round(e, 4) for e in error.tolist()]}
    return hand_back(batch, subject, x=over(batch.aux["filled"], new, alpha), facts=told)
