"""A square cut out of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.masks import share as share_of
from durometer.stress.shifts.whole import whole

TOO_LONG = "a square of this share does not fit into the picture; choose a smaller one"


@dataclass(frozen=True)
class Cutout(Stressor):
    """Fill a square, somewhere wholly inside the picture, with one level.

    Its side is the root of the share of the picture's pixels, rounded; with the same dice a larger square
    covers all that a smaller one did. It needs no mask, and may hide an object: where there is a mask, it
    loses what is hidden, and the share of the object that is gone is written down (`object_hidden`). Unlike
    Cutout in training (DeVries and Taylor, 2017), whose squares may reach beyond the edge, it always covers
    the share that it says.
    """

    share: Annotated[float, Param("share of the picture", low=0.0005, high=0.9)] = 0.1
    level: Annotated[float, Param("of the square: 0 is black", low=0, high=1)] = 0.0

    name: ClassVar[str] = "cutout"
    family: ClassVar[str] = "shifts"
    source: ClassVar[str] = "devries2017"

    @property
    def dial(self) -> Dial:
        return Dial("cutout", self.share, "share of the picture")

    @property
    def title(self) -> str:
        return f"cutout, {100 * self.share:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        height, width = batch.x.shape[-2:]
        side = max(1, round(math.sqrt(self.share * height * width)))
        if side > min(height, width):
            return batch.but(refused={**dict.fromkeys(range(len(batch)), TOO_LONG), **batch.refused})
        hole = _squares(dice.uniform("place", (2,)).double(), side, height, width).to(batch.x.device)
        facts: dict[str, list[Scalar]] = {"covered": [side**2 / (height * width)] * len(batch)}
        cut = whole(batch, lambda x: torch.where(hole, self.level, x), moves=False)
        if "mask" not in batch.aux:
            return cut.but(facts={**cut.facts, **{k: tuple(v) for k, v in facts.items()}})
        mask = torch.where(hole, 0.0, batch.aux["mask"])
        before, after = share_of(batch.aux["mask"]), share_of(mask)
        hidden = torch.where(before > 0, 1 - after / before.clamp_min(1e-12), 0.0).clamp(0, 1)
        facts["object_hidden"] = [round(h, 6) for h in hidden.tolist()]
        told = {k: tuple(v) for k, v in facts.items()}
        return cut.but(aux={**cut.aux, "mask": mask}, facts={**cut.facts, **told})


def _squares(at: Tensor, side: int, height: int, width: int) -> Tensor:
    """Return (B, 1, height, width) bool: a square whose corner is at (B, 2) of the room that there is."""
    top, left = (at * at.new_tensor([height - side, width - side])).round().long().unbind(1)
    rows, columns = (torch.arange(n, device=at.device) for n in (height, width))
    down = (rows >= top[:, None]) & (rows < top[:, None] + side)
    across = (columns >= left[:, None]) & (columns < left[:, None] + side)
    return (down[:, :, None] & across[:, None, :])[:, None]
