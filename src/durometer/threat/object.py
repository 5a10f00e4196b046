"""The L-infinity ball on the object: every pixel of it may change, no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.ops.masks import TRACE
from durometer.threat.region import Masked


@dataclass(frozen=True)
class Object(Masked):
    """All inputs in [low, high] that differ from `x` by at most epsilon, and only on the object.

    A pixel with more than 2 % of background in it keeps every bit.
    """

    name: ClassVar[str] = "object"

    def chosen(self, mask: Tensor, /) -> Tensor:
        """Return where hardly any background is."""
        return mask >= 1 - TRACE

    def describe(self) -> str:
        """Return the set in words: `Linf within 8/255 on the object`."""
        return f"{self.change()} on the object"
