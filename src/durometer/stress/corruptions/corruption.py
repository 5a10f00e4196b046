"""What corruptions share: a severity from 1 to 5, a profile of constants, drawing apart from applying."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, Self

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.stress.corruptions import calibrate, scale
from durometer.stress.corruptions.cached import few
from durometer.stress.corruptions.constants import CONSTANTS
from durometer.stress.shifts.whole import whole

Profile = Literal["imagenet-c", "imagenet-c-299", "tiny-c", "cifar-c", "scaled", "calibrated"]
Drawn = Mapping[str, Tensor]
"""What was drawn at random for a batch: (B, …) tensors. The same draws can be applied to other pictures."""


@dataclass(frozen=True)
class Corruption(Stressor):
    """A corruption of the whole picture; `drawn` and `applied` are its two halves.

    The shell rounds results to 8 bits, as the published images are stored.
    """

    severity: Annotated[int, Param("from 1, mild, to 5, severe", low=1, high=5)] = 3
    profile: Annotated[
        Profile,
        Param(
            "whose constants: made for 224, 299, 64 or 32 pixels, scaled to the picture, or solved for an RMS"
        ),
    ] = "imagenet-c"
    given: Any = field(default=None, init=False, repr=False, compare=False)

    family: ClassVar[str] = "corruptions"
    source: ClassVar[str] = "hendrycks2019"
    constants_of: ClassVar[str] = ""
    """The corruption whose constants it has, where they are not its own."""

    def __post_init__(self) -> None:
        held = {"scaled": scale.HOW, "calibrated": calibrate.STOPS}.get(self.profile)
        if held is not None and self.name not in held:
            raise ValueError(f"profile = {self.profile!r} doesn't hold for {self.name}")

    @property
    def constants(self) -> Any:
        """What this severity of this profile is made with; of `calibrated`, the mildest that it may be."""
        if self.given is not None:
            return self.given
        if self.profile == "calibrated":
            return calibrate.STOPS[self.name][0]
        table = CONSTANTS[self.constants_of or self.name]
        return table.get(self.profile, table["imagenet-c"])[self.severity - 1]

    def made_with(self, constants: Any) -> Self:
        """Return the same corruption with other constants than those of its severity and profile."""
        other = copy.copy(self)
        object.__setattr__(other, "given", constants)
        return other

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
        if reason := self.refuses(shape) or self._refused(shape):
            return batch.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
        drawn = self.draw(shape, replace(dice, device=batch.x.device))
        if self.profile == "calibrated":
            return calibrate.calibrated(self, batch, drawn)
        return whole(batch, lambda x: self.replay(x, drawn), moves=self.moves)

    def draw(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw for pictures of (C, H, W), as the profile wants it: what `replay` takes."""
        return self.drawn((shape[0], *self.grid(shape)), dice)

    def replay(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) in [0, 1], corrupted with what was drawn: for these pictures or for others."""
        step = 1 if self.one_by_one or self.profile == "calibrated" else few(x)
        parts = ({k: v[i : i + step] for k, v in drawn.items()} for i in range(0, len(x), step))
        done = [self._in_profile(p, d).clamp(0, 1) for p, d in zip(torch.split(x, step), parts, strict=True)]
        return torch.cat(done) if len(done) > 1 else done[0]

    def _in_profile(self, x: Tensor, drawn: Drawn) -> Tensor:
        how = {"scaled": scale.applied, "calibrated": calibrate.solved}.get(self.profile)
        return self.applied(x, drawn) if how is None else how(self, x, drawn)

    def _refused(self, shape: tuple[int, int, int]) -> str:
        return scale.refused(self.name, shape) if self.profile == "scaled" else ""

    def grid(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Return (H, W) that what is drawn is made for, for pictures of (…, H, W)."""
        height, width = shape[-2:]
        return scale.grid(height, width) if self.profile == "scaled" else (height, width)

    moves: ClassVar[bool] = False
    """Whether pixels move, so that the mask must move with them."""
    one_by_one: ClassVar[bool] = False
    """Whether its arithmetic rounds otherwise in a batch, so that samples must be done alone."""
