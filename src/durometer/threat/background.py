"""The L-infinity ball on the background: every pixel without object may change, no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.ops.masks import TRACE
from durometer.threat.region import Masked


@dataclass(frozen=True)
class Background(Masked):
    """All inputs in [low, high] that differ from `x` by at most epsilon, and nowhere on the object.

    A pixel with more than 2 % of object in it keeps every bit.
    """

    name: ClassVar[str] = "background"

    def chosen(self, mask: Tensor, /) -> Tensor:
        """Return where hardly any object is."""
        return mask <= TRACE

    def describe(self) -> str:
        """Return the set in words: `Linf within 8/255 on the background`."""
        return f"{self.change()} on the background"
