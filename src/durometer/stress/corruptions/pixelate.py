"""Too few pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.ops.pil_box import pil_box
from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class Pixelate(Corruption):
    """Shrink to a share of the sides and enlarge again, by PIL's BOX filter. The constant is the share.

    Byte for byte what PIL gives (see `durometer.ops.pil_box`). Sides are cut to whole pixels, at least one.
    """

    name: ClassVar[str] = "pixelate"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        return pixelated(x, self.constants)


def pixelated(x: Tensor, share: float) -> Tensor:
    """Return (B, C, H, W) made smaller, to this share of its sides, and as large as it was again."""
    height, width = x.shape[-2:]
    small = pil_box(x, max(1, int(height * share)), max(1, int(width * share)))
    return pil_box(small, height, width)
