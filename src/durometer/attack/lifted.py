"""Attacks in threats with coordinates: inputs carry their point along; the model sees the picture of both."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from durometer.attack.engine.outcome import Outcome
from durometer.core import Attack, Batch, Dice, Oracle
from durometer.threat import Directed
from durometer.threat.parametric import Parametric

Search = Callable[[Attack, Oracle, Batch, Directed, Dice], Outcome]


@dataclass(frozen=True)
class Lifted(Directed):
    """The set of inputs with points beside them, (B, D + P): D values that stay as they are, and a point.

    Any attack that asks a threat where it may go searches in it: a gradient goes through the picture to the
    point, a draw is a drawn point.

    Attributes:
        inner: The threat whose points these are.
        shape: (C, H, W) of the D values.
    """

    name: ClassVar[str] = "lifted"

    inner: Parametric
    shape: tuple[int, ...]
    epsilon: float = 1.0
    low: float = -math.inf
    high: float = math.inf

    def packed(self, x: Tensor, point: Tensor | None = None) -> Tensor:
        """Return inputs with points beside them; the point 0 if none is given."""
        if point is None:
            point = x.new_zeros((len(x), self.inner.dimensions(self.shape)))
        return torch.cat((x.flatten(1), point), dim=1)

    def pixels(self, both: Tensor) -> Tensor:
        """Return the inputs (B, C, H, W)."""
        return both[:, : math.prod(self.shape)].reshape(len(both), *self.shape)

    def point(self, both: Tensor) -> Tensor:
        """Return the points (B, P)."""
        return both[:, math.prod(self.shape) :]

    def picture(self, both: Tensor) -> Tensor:
        """Return what the model sees; gradients go to the points only."""
        return self.inner.apply(self.pixels(both).detach(), self.point(both))

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: are the inputs the same, and the point in the set?"""
        same = (self.pixels(other) == self.pixels(x)).flatten(1).all(dim=1)
        return same & self.inner.contains(self.pixels(x), self.point(other))

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the inputs as they were, with the nearest points of the set."""
        pixels = self.pixels(x)
        return self.packed(pixels, self.inner.project(pixels, self.point(other)))

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high), the same for the inputs."""
        pixels = self.pixels(x)
        low, high = self.inner.box(pixels)
        return self.packed(pixels, low), self.packed(pixels, high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return the inputs with drawn points."""
        return self.packed(self.pixels(x), self.inner.sample(self.pixels(x), dice))

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the size of the points."""
        return self.inner.size(self.pixels(x), self.point(other))

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the step of the point; the inputs stay."""
        still = torch.zeros_like(self.pixels(gradient))
        return self.packed(still, self.inner.steepest(self.point(gradient)))

    def describe(self) -> str:
        """Return the inner set in words."""
        return self.inner.describe()


def lifted(
    search: Search, attack: Attack, oracle: Oracle, batch: Batch, threat: Parametric, dice: Dice
) -> Outcome:
    """Let an attack search the points of a threat, and return the pictures of what it found.

    Args:
        search: The shell, which checks what the attack returns.
        attack: The search.
        oracle: The model.
        batch: `x` is (B, ...) in the model's own input space.
        threat: Whose points are searched.
        dice: Randomness by sample.
    """
    space = Lifted(threat, tuple(batch.x.shape[1:]))
    asked = oracle.through(lambda both: space.picture(both).clamp(oracle.low, oracle.high))
    found = search(attack, asked, batch.but(x=space.packed(batch.x)), space, dice)
    oracle.forwards += asked.forwards
    oracle.backwards += asked.backwards
    point = space.point(found.x)
    picture = threat.apply(batch.x, point).clamp(oracle.low, oracle.high)
    facts = {**threat.told(batch.x, point), **found.facts}
    return replace(found, x=picture, point=point, facts=facts)
