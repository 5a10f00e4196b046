"""What sequences share: a frame for each draw, a profile of constants, drawing apart from applying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Batch, Dice, Param, Stressor
from durometer.stress.sequences.constants import CONSTANTS, length_of
from durometer.stress.shifts.whole import whole

Profile = Literal["imagenet-p", "cifar-p"]
Drawn = Mapping[str, Tensor]
"""What was drawn at random for a batch: (B, …) tensors."""


@dataclass(frozen=True)
class Sequence(Stressor):
    """A picture that changes little from frame to frame; draw 0 is its first frame, draw 1 the second.

    So a sequence is one condition, whose draws are its frames: a run shows all of them. `drawn` and `applied`
    are its two halves. What is drawn is the same along the sequence, except for noise, which is drawn anew
    for every frame.
    """

    profile: Annotated[Profile, Param("whose constants: made for 224 or for 32 pixels")] = "imagenet-p"

    family: ClassVar[str] = "sequences"
    source: ClassVar[str] = "hendrycks2019"

    moves: ClassVar[bool] = False
    """Whether pixels move, so that the mask must move with them."""
    anew: ClassVar[bool] = False
    """Whether every frame is drawn by itself: the first is then the picture, and the others' reference."""
    one_by_one: ClassVar[bool] = False
    """Whether its arithmetic rounds otherwise in a batch, so that samples must be done alone."""

    @property
    def kind(self) -> str:
        """What changes along it: `rotate`."""
        return self.name.removeprefix("sequence-")

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return length_of(self.profile, self.kind)

    @property
    def constants(self) -> Any:
        """What its frames are made with, as published."""
        return CONSTANTS[self.kind][self.profile]

    @property
    def title(self) -> str:
        return f"{self.kind.replace('-', ' ')}, {self.frames} frames"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw what the frames need for pictures of (C, H, W): one row a sample."""
        return {}

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return one frame, from 0, of (B, C, H, W) in [0, 1] with what was drawn."""
        raise NotImplementedError

    def motion(self, height: int, width: int, frame: int) -> Tensor | None:
        """Return the motion (2, 3) of the whole picture in a frame; None where nothing, or no line, stays."""
        return None

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        channels, height, width = batch.x.shape[1:]
        frame = dice.draw
        if frame >= self.frames:
            reason = f"the sequence ends with frame {self.frames}; its draws are its frames"
            return batch.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
        own = dice if self.anew else dice.for_draw(0)
        drawn = {k: v.to(batch.x.device) for k, v in self.drawn((channels, height, width), own).items()}
        motion = self.motion(height, width, frame)
        return whole(
            batch, lambda x: self._each(x, drawn, frame).clamp(0, 1),
            moves=self.moves, motion=None if motion is None else motion.repeat(len(batch), 1, 1),
        )  # fmt: skip

    def _each(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        if not self.one_by_one:
            return self.applied(x, drawn, frame)
        rows = ({k: v[i : i + 1] for k, v in drawn.items()} for i in range(len(x)))
        return torch.cat([self.applied(one[None], row, frame) for one, row in zip(x, rows, strict=True)])


@dataclass(frozen=True)
class Noise(Sequence):
    """A sequence of independent noise on one picture, which is the first frame."""

    anew: ClassVar[bool] = True

    def noisy(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) with the noise that was drawn."""
        raise NotImplementedError

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return the picture itself, or with noise from the second frame on."""
        return self.noisy(x, drawn) if frame else x
