"""What corruptions share: a severity from 1 to 5, a profile of constants, drawing apart from applying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.stress.corruptions.constants import CONSTANTS
from durometer.stress.shifts.whole import whole

Profile = Literal["imagenet-c", "imagenet-c-299", "tiny-c", "cifar-c"]
Drawn = Mapping[str, Tensor]
"""What was drawn at random for a batch: (B, …) tensors. The same draws can be applied to other pictures."""


@dataclass(frozen=True)
class Corruption(Stressor):
    """A corruption of the whole picture; `drawn` and `applied` are its two halves.

    The shell rounds results to 8 bits, as the published images are stored.
    """

    severity: Annotated[int, Param("from 1, mild, to 5, severe", low=1, high=5)] = 3
    profile: Annotated[Profile, Param("whose constants: made for 224, 299, 64 or 32 pixels")] = "imagenet-c"

    family: ClassVar[str] = "corruptions"
    source: ClassVar[str] = "hendrycks2019"

    @property
    def constants(self) -> Any:
        """What this severity of this profile is made with, as published."""
        return CONSTANTS[self.name][self.profile][self.severity - 1]

    @property
    def dial(self) -> Dial:
        return Dial(self.name, float(self.severity), "severity")

    @property
    def title(self) -> str:
        return f"{self.name.replace('-', ' ')}, {self.severity}"

    def refuses(self, shape: tuple[int, int, int]) -> str:
        """Return why pictures of this (C, H, W) can't be corrupted, or nothing."""
        return ""

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw what the corruption needs for pictures of (C, H, W): one row a sample."""
        return {}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Apply it to (B, C, H, W) in [0, 1] with what was drawn."""
        raise NotImplementedError

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        channels, height, width = batch.x.shape[1:]
        shape = (channels, height, width)
        if reason := self.refuses(shape):
            return batch.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
        drawn = {k: v.to(batch.x.device) for k, v in self.drawn(shape, dice).items()}
        return whole(batch, lambda x: self._each(x, drawn).clamp(0, 1), moves=self.moves)

    def _each(self, x: Tensor, drawn: Drawn) -> Tensor:
        if not self.one_by_one:
            return self.applied(x, drawn)
        rows = ({k: v[i : i + 1] for k, v in drawn.items()} for i in range(len(x)))
        return torch.cat([self.applied(one[None], row) for one, row in zip(x, rows, strict=True)])

    moves: ClassVar[bool] = False
    """Whether pixels move, so that the mask must move with them."""
    one_by_one: ClassVar[bool] = False
    """Whether its arithmetic rounds otherwise in a batch, so that samples must be done alone."""
