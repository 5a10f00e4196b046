"""What the corruptions of MedMNIST-C share: constants by data set, and gray kept gray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.ops.color import luma
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.constants import COLOR, CONSTANTS, DataSet, having
from durometer.stress.shifts.whole import whole

PREFIX = "medmnist-"
SEVERITIES = 5
Profile = Annotated[DataSet, Param("the data set whose constants are used")]


@dataclass(frozen=True)
class Medical(Stressor):
    """A corruption of MedMNIST-C; subclasses say what is drawn and what `changed` does with it.

    Gray data sets are corrupted as three equal channels, with noise of its own in each, and made gray again
    by ITU-R 601 luma, as published: noise that a channel has for itself is two thirds as strong there.

    Source: Di Salvo et al. (2024).

    Raises:
        ValueError: if the data set does not have this corruption.
    """

    severity: Annotated[int, Param("from 1, mild, to 5, severe", low=1, high=SEVERITIES)] = 3
    profile: Profile = "pneumoniamnist"

    family: ClassVar[str] = "corruptions"
    source: ClassVar[str] = "di2024"

    def __post_init__(self) -> None:
        if self.profile not in having(self.corruption):
            known = ", ".join(having(self.corruption))
            raise ValueError(f"MedMNIST-C has no {self.corruption} for {self.profile}, only for {known}")

    @property
    def corruption(self) -> str:
        """Its name without the prefix: `brightness-up`."""
        return self.name.removeprefix(PREFIX)

    @property
    def words(self) -> str:
        """Its name for people: `brightness up`."""
        return self.corruption.replace("-corr", "").replace("-", " ")

    @property
    def levels(self) -> tuple[Any, ...]:
        """The constants of this data set, mild to severe; a sixth is for training only."""
        return CONSTANTS[self.profile][self.corruption]

    @property
    def constants(self) -> Any:
        """What this severity is made with, as published."""
        return self.levels[self.severity - 1]

    @property
    def dial(self) -> Dial:
        return Dial(f"{self.words} ({self.profile})", float(self.severity), "severity")

    @property
    def title(self) -> str:
        return f"{self.words}, {self.severity}"

    def between(self, shares: Sequence[float]) -> Any:
        """Return constants from the mildest (0) to the most severe (1), each number with its own share."""
        first, last = self.levels[0], self.levels[-1]
        if not isinstance(first, tuple):
            return first + (last - first) * shares[0]
        return tuple(a + (b - a) * s for a, b, s in zip(first, last, shares, strict=False))

    def refuses(self, shape: tuple[int, int, int], constants: Any = None) -> str:
        """Return why pictures of this (C, H, W) can't be corrupted, or nothing."""
        channels, height, width = shape
        if channels not in (1, 3):
            return f"MedMNIST has one channel or three, and the picture has {channels}"
        if channels == 1 and self.profile in COLOR:
            return f"{self.profile} has three channels, and the picture has one"
        return self.lacks(height, width, self.constants if constants is None else constants)

    def possible(self, shape: tuple[int, int, int]) -> bool:
        """Say whether pictures of this (C, H, W) can be corrupted at every strength."""
        ends = self.between((0.0,) * 3), self.between((1.0,) * 3)
        return not any(self.refuses(shape, constants) for constants in ends)

    def lacks(self, height: int, width: int, constants: Any) -> str:
        """Return what is too small for these constants, or nothing."""
        return ""

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        """Draw what the corruption needs for pictures of (3, H, W): one row a sample."""
        return {}

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw what the corruption needs for pictures of (C, H, W): one row a sample."""
        _, height, width = shape
        return self.draws(height, width, dice)

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        """Return one picture (1, 3, H, W) changed; what overshoots [0, 1] is cut off afterwards."""
        raise NotImplementedError

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Apply it to (B, C, H, W) in [0, 1] with what was drawn, each sample alone."""
        return torch.cat([self.made(x[i : i + 1], row(drawn, i), self.constants) for i in range(len(x))])

    def made(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        """Return one picture (1, C, H, W) corrupted with any constants."""
        changed = self.changed(x.expand(-1, 3, -1, -1), drawn, constants).clamp(0, 1)
        return changed if self.profile in COLOR else luma(changed).expand_as(x)

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        channels, height, width = batch.x.shape[1:]
        if reason := self.refuses((channels, height, width)):
            return batch.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
        drawn = {k: v.to(batch.x.device) for k, v in self.draws(height, width, dice).items()}
        return whole(batch, lambda x: self.applied(x, drawn), moves=False)


def row(drawn: Drawn, i: int) -> Drawn:
    """Return what was drawn for sample i: (1, …) tensors."""
    return {k: v[i : i + 1] for k, v in drawn.items()}


def at(share: float, low: int, high: int) -> int:
    """Return a whole number from low to high, both included, by a share in [0, 1)."""
    return low + int(share * (high - low + 1))
