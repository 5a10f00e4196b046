"""The same object, partly hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from torch import Tensor

from durometer.core import Batch, Dial, Dice, Json, Param, Scalar, Stressor
from durometer.ops.composite import over
from durometer.ops.masks import share as share_of
from durometer.ops.occluders import FIELDS, covering
from durometer.ops.texture import texture
from durometer.stress.attributes.editing import Subject, hand_back, unfit_reason

Shape = Literal["blob", "ellipse", "bars"]


@dataclass(frozen=True)
class Occlusion(Stressor):
    """Put something with a texture of its own before the object, so that it hides this share of it.

    A blob of irregular outline or an ellipse grows about a drawn point of the object, or four parallel bars
    grow wider, until the share is met; with the same dice a larger share hides all that a smaller one did.
    The mask that is returned is what is left to be seen; the occluder now belongs to the background.
    """

    share: Annotated[float, Param("share of the object that is hidden", low=0.01, high=0.95)] = 0.4
    by: Annotated[Shape, Param("what stands before the object")] = "blob"

    name: ClassVar[str] = "occlusion"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    control: ClassVar[str | None] = "occluder-beside"
    family: ClassVar[str] = "attributes"

    @property
    def control_params(self) -> Mapping[str, Json]:
        """The control places an occluder of the same kind, grown to the same share."""
        return {"share": self.share, "by": self.by}

    @property
    def dial(self) -> Dial:
        return Dial(f"occlusion by {self.by}", self.share, "share of the object")

    @property
    def title(self) -> str:
        return f"occlusion by {self.by}, {100 * self.share:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        shape, hidden = self.shape(subject, dice)
        self._refuse_small(subject)
        cover = self.skin(batch, dice)
        facts: dict[str, list[Scalar]] = {
            "occluded": [round(h, 6) for h in hidden.tolist()],
            "occluder_share": [round(s, 6) for s in share_of(shape).tolist()],
        }
        background = over(batch.aux["filled"], cover, shape) if "filled" in batch.aux else None
        return hand_back(
            batch,
            subject,
            x=over(batch.x, cover, shape),
            mask=subject.mask * (1 - shape),
            background=background,
            facts=facts,
        )

    def _refuse_small(self, subject: Subject) -> None:
        for i in subject.usable:
            if unfit_reason((1 - self.share) * subject.share[i], subject.height * subject.width):
                subject.refused[i] = "too little of the object would be left to be seen; hide a smaller share"

    def shape(self, subject: Subject, dice: Dice) -> tuple[Tensor, Tensor]:
        """Return ((B, 1, H, W) the occluder over each object, (B,) the share that it hides)."""
        return covering(FIELDS[self.by](dice, subject.mask, subject.box), subject.mask, self.share)

    def skin(self, batch: Batch, dice: Dice) -> Tensor:
        """Return the (B, C, H, W) texture that each occluder shows."""
        return texture(dice, *batch.x.shape[1:])[0].to(batch.x)
