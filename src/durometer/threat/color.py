"""Colors: every channel of the picture stretched and shifted as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from durometer.core import Param, Scalar
from durometer.threat.parametric import Cube, rounded


@dataclass(frozen=True)
class Color(Cube):
    """All pictures g · x + o with a gain and an offset for each channel, cut at the range of inputs.

    Gains are within `gain` of 1, offsets within `offset` of 0. Points (B, 2 C) are gains before offsets, as
    shares of these. Pictures are (B, C, H, W).
    """

    name: ClassVar[str] = "color"

    gain: Annotated[float, Param("largest change of a channel's gain from 1", low=0)] = 0.2
    offset: Annotated[float, Param("largest offset of a channel", "of the input range", low=0)] = 0.1
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0

    def dimensions(self, shape: Sequence[int], /) -> int:
        """Return two coordinates a channel."""
        return 2 * shape[0]

    def apply(self, x: Tensor, point: Tensor, /) -> Tensor:
        """Return the pictures stretched and shifted."""
        gain, offset = (part[:, :, None, None] for part in point.chunk(2, dim=1))
        return (x * (1 + self.gain * gain) + self.offset * offset).clamp(self.low, self.high)

    def told(self, x: Tensor, point: Tensor, /) -> Mapping[str, Sequence[Scalar]]:
        """Return the gain and the offset of each channel."""
        gain, offset = point.chunk(2, dim=1)
        told = {f"gain {c}": rounded(1 + self.gain * gain[:, c]) for c in range(gain.shape[1])}
        return told | {f"offset {c}": rounded(self.offset * offset[:, c]) for c in range(offset.shape[1])}

    def describe(self) -> str:
        """Return the set in words: `each channel's gain within 20 % and offset within 0.1`."""
        return f"each channel's gain within {100 * self.gain:g} % and offset within {self.offset:g}"
