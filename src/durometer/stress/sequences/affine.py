"""Sequences of pictures turned, scaled and sheared about their middle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.stress.sequences.sequence import Drawn, Sequence
from durometer.stress.sequences.warping import Linear, about_middle, scaled, warped


@dataclass(frozen=True)
class Affine(Sequence):
    """A linear map about the middle, as early torchvision and PIL draw it: bilinear, black beyond."""

    moves: ClassVar[bool] = True

    def linear(self, frame: int) -> Linear:
        """Return where (1, 0) and (0, 1) go, as the rows ((xx, yx), (xy, yy))."""
        raise NotImplementedError

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) as the frame shows it; nothing is drawn."""
        return warped(x, self.linear(frame))

    def motion(self, height: int, width: int, frame: int) -> Tensor:
        """Return where it goes."""
        return torch.tensor([about_middle(self.linear(frame), height, width)], dtype=torch.float64)

    def degrees(self, frame: int) -> float:
        """Return the angle of a frame, 0 in the middle one."""
        step: float = self.constants
        return step * (frame - self.frames // 2)


@dataclass(frozen=True)
class SequenceRotate(Affine):
    """Turn the picture clockwise by a degree from frame to frame, from −15° to 15°."""

    name: ClassVar[str] = "sequence-rotate"

    def linear(self, frame: int) -> Linear:
        """Return the turn."""
        angle = math.radians(self.degrees(frame))
        return (math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))


@dataclass(frozen=True)
class SequenceShear(Affine):
    """Shear the picture by a degree from frame to frame, from −15° to 15°: what stands upright leans."""

    name: ClassVar[str] = "sequence-shear"

    def linear(self, frame: int) -> Linear:
        """Return the shear, by early torchvision's rule: what stood upright is as long as it was."""
        angle = math.radians(self.degrees(frame))
        return (1.0, -math.sin(angle)), (0.0, math.cos(angle))


@dataclass(frozen=True)
class SequenceScale(Affine):
    """Let the picture grow from 0.4 to 1.15 of its size by 0.025 a frame (imagenet-p), not antialiased."""

    name: ClassVar[str] = "sequence-scale"

    def linear(self, frame: int) -> Linear:
        """Return the scale."""
        scale = self._scale(frame)
        return (scale, 0.0), (0.0, scale)

    def applied(self, x: Tensor, drawn: Drawn, frame: int) -> Tensor:
        """Return (B, C, H, W) smaller or larger; nothing is drawn."""
        return scaled(x, self._scale(frame))

    def _scale(self, frame: int) -> float:
        first, step = self.constants
        scale: float = (first + step * frame) / 100
        return scale
