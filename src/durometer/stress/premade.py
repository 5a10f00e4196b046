"""An edited image that somebody else made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.data.imagenet_e import TITLES
from durometer.data.published_corruptions import corruption_of


@dataclass(frozen=True)
class Premade(Stressor):
    """Show the edited version of the image that came with the data, instead of making one.

    The run reads it and puts it on the canvas as it does the original. Where the object is in it is not
    known, so the mask is given up. It has no control of its own: how it was made is not ours to repeat.
    """

    variant: Annotated[str, Param("name of the edited version, as the data calls it (its folder)")] = ""
    edit: Annotated[str, Param("key of the benchmark's edit that it is, if that is known")] = ""

    name: ClassVar[str] = "premade"
    needs: ClassVar[frozenset[str]] = frozenset({"premade"})
    family: ClassVar[str] = "premade"

    @property
    def dial(self) -> Dial:
        known = corruption_of(self.edit)
        return Dial(known.axis, float(known.severity), "severity") if known else Dial("premade")

    @property
    def title(self) -> str:
        known = corruption_of(self.edit)
        if known:
            return known.title
        return f"{TITLES.get(self.edit, self.variant or 'an edited version')}, premade"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        aux = {name: value for name, value in batch.aux.items() if name == "premade"}
        return batch.but(x=batch.aux["premade"], aux=aux)
