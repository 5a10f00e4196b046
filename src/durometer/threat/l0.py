"""The L0 ball: a few pixels may change, each as much as it likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice, Param, Threat
from durometer.threat.directed import inside


@dataclass(frozen=True)
class L0(Threat):
    """All inputs in [low, high] that differ from `x` in at most `pixels` pixels, whatever the channels.

    Tensors are (B, C, ...) with `x` inside [low, high]; a pixel is a place in the axes after the channels.
    Inputs (B, D) have no channels: each value is a pixel.
    """

    name: ClassVar[str] = "l0"

    pixels: Annotated[int, Param("pixels that may change", "pixels", low=0)] = 10
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is `other` in the set around `x`?"""
        return (self.size(x, other) <= self.pixels) & inside(other, self.low, self.high)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point of the set: the pixels with the largest Euclidean change are kept."""
        cut = other.clamp(self.low, self.high)
        change = _spread(cut - x).double().square().sum(dim=1)
        rank = change.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
        kept = (rank < self.pixels) & (change > 0)
        return torch.where(kept[:, None], _spread(cut), _spread(x)).reshape(x.shape)

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high): any pixel may take any value."""
        if self.pixels == 0:
            return x.clone(), x.clone()
        return torch.full_like(x, self.low), torch.full_like(x, self.high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return `x` with so many pixels, drawn at random, at random values."""
        places = _spread(x).shape[2]
        chosen = dice.permutation("l0 pixels", places).to(x.device).argsort(dim=1) < self.pixels
        drawn = dice.uniform("l0 values", tuple(x.shape[1:])).to(x) * (self.high - self.low) + self.low
        return torch.where(chosen[:, None], _spread(drawn), _spread(x)).reshape(x.shape)

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) how many pixels differ."""
        return (_spread(other) != _spread(x)).any(dim=1).sum(dim=1).to(x)

    def describe(self) -> str:
        """Return the set in words: `at most 10 pixels`."""
        return f"at most {self.pixels} pixel{'s' if self.pixels != 1 else ''}"


def _spread(x: Tensor) -> Tensor:
    """Return (B, C, places)."""
    return x[:, None] if x.ndim == 2 else x.flatten(2)
