"""The object's texture without its shape, synthesized from its statistics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import over
from durometer.ops.gram import Texture, colors_of
from durometer.ops.synthesis import synthesize
from durometer.stress.attributes.editing import Subject, hand_back

JUDGE = 1
"""The filters that measure the result: not those that it was made with."""
WHOLE = 0.98
"""From this mask value on a pixel's color is the object's own."""


@dataclass(frozen=True)
class ShapeGram(Stressor):
    """Replace the object, or the whole picture, by a texture of the same statistics that has no shape.

    The texture starts as noise and is brought, step by step, to the Gram matrices of the original under fixed
    random filters at several scales (see `durometer.ops.gram`), then to its distribution of colors. Of the
    object it is shown as a disk of the object's area about its centroid, before the filled background. A
    person could no longer be sure of the label: a right answer is a sign that the model reads texture.

    The fact `texture_error` is the distance of the Gram matrices (relative, root mean square over scales) by
    filters that had no part in making it; independent pixels of the same colors have about 1. Takes seconds
    a picture: time grows with pixels times steps. The odd-one-out test of `durometer.run.oddity` uses it.
    """

    of: Annotated[Literal["object", "picture"], Param("whose texture is shown, and in whose place")] = (
        "object"
    )
    steps: Annotated[int, Param("steps of the synthesis; more come closer", low=1, high=1000)] = 25

    name: ClassVar[str] = "shape-gram"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    keeps_label: ClassVar[bool] = False
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "ustyuzhaninov2016"

    def __post_init__(self) -> None:
        if self.of == "picture":  # nothing is cut out, so no mask is needed and no hole is left
            object.__setattr__(self, "needs", frozenset())
            object.__setattr__(self, "control", None)

    @property
    def dial(self) -> Dial:
        return Dial("shape")

    @property
    def title(self) -> str:
        return f"only the {self.of}'s texture"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        return self._picture(batch, dice) if self.of == "picture" else self._object(batch, dice)

    def _picture(self, batch: Batch, dice: Dice) -> Batch:
        x, refused = batch.x.clone(), dict(batch.refused)
        errors: list[Scalar] = [None] * len(batch)
        for i in (i for i in range(len(batch)) if i not in refused):
            made = self._made(batch.x[i : i + 1], None, batch.x.shape[-2:], dice.select([i]))
            if made is None:
                refused[i] = TOO_SMALL
            else:
                x[i], errors[i] = made
        aux = {k: torch.zeros_like(v) for k, v in batch.aux.items() if k == "mask"}  # it is nowhere any more
        facts = {**batch.facts, "texture_error": tuple(errors)}
        return batch.but(x=x, aux=aux, facts=facts, refused=dict(sorted(refused.items())))

    def _object(self, batch: Batch, dice: Dice) -> Batch:
        subject = Subject(batch)
        skin, disk = batch.x.clone(), torch.zeros_like(subject.mask)
        errors: list[Scalar] = [None] * len(batch)
        for i in subject.usable:
            place = _disk(subject, i)
            if place is None:
                subject.refused[i] = NO_ROOM
                continue
            (rows, columns), disk[i] = place
            size = rows.stop - rows.start, columns.stop - columns.start
            solid = (subject.mask[i : i + 1] >= WHOLE).to(batch.x)
            made = self._made(batch.x[i : i + 1], solid, size, dice.select([i]))
            if made is None:
                subject.refused[i] = TOO_SMALL
            else:
                skin[i, :, rows, columns], errors[i] = made
        x = over(batch.aux["filled"], skin, disk)
        return hand_back(batch, subject, x=x, mask=disk, facts={"texture_error": errors})

    def _made(
        self, x: Tensor, mask: Tensor | None, size: Sequence[int], dice: Dice
    ) -> tuple[Tensor, float] | None:
        """Return (C, h, w) of the texture and its error, None where there is too little of it to measure."""
        if mask is not None and not mask.any():
            return None
        texture = Texture(x, mask)
        if not texture.grams:
            return None
        made = synthesize(texture, colors_of(x, mask), (size[0], size[1]), dice, steps=self.steps)
        error = Texture(x, mask, bank=JUDGE).distance(made)
        return made[0], round(error, 4)


def _disk(subject: Subject, i: int) -> tuple[tuple[slice, slice], Tensor] | None:
    """Return the window and the soft disk (1, H, W) of the object's area about its centroid, moved inward."""
    height, width = subject.height, subject.width
    radius = math.sqrt(max(subject.share[i] * height * width / math.pi - 1 / 12, 0.25))  # 1/12: its soft edge
    reach = radius + 1
    if 2 * reach > min(height, width):
        return None
    across, down = (
        min(max(at, reach), n - reach) for at, n in zip(subject.center[i], (width, height), strict=True)
    )
    y = torch.arange(height, device=subject.mask.device)[:, None] + 0.5 - down
    x = torch.arange(width, device=subject.mask.device) + 0.5 - across
    disk = (radius + 0.5 - torch.sqrt(x * x + y * y)).clamp(0, 1)[None]
    rows = slice(max(0, math.floor(down - reach)), min(height, math.ceil(down + reach)))
    columns = slice(max(0, math.floor(across - reach)), min(width, math.ceil(across + reach)))
    return (rows, columns), disk


TOO_SMALL = "it is too small or too thin for the statistics of a texture; use a larger canvas"
NO_ROOM = "a disk of the object's area does not fit on the canvas; make the object smaller first"
