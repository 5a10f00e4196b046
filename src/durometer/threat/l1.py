"""The L1 ball: the sizes of all changes together are at most epsilon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice, Param
from durometer.threat.directed import Directed, inside, ratio, within

ROUNDS = 64
"""Enough to halve the interval of the shrinkage down to the last bit of a double; mostly ten are."""
PRECISE = 1e-12
"""How far from epsilon the sum may end, as a share of it."""


@dataclass(frozen=True)
class L1(Directed):
    """All inputs in [low, high] whose changes from `x` have absolute values that sum to at most epsilon.

    Tensors are (B, ...) with `x` inside [low, high].
    """

    name: ClassVar[str] = "l1"

    epsilon: Annotated[float, Param("sum of the sizes of all changes", "of the input range", low=0)] = 12.0
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is `other` in the set around `x`?"""
        return within(self.size(x, other), self.epsilon) & inside(other, self.low, self.high)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point, in Euclidean distance, of the ball cut by the box.

        By the conditions of Karush, Kuhn and Tucker every change shrinks by one number and is cut at the box:
        d = sign(c) min(max(|c| - t, 0), room). The sum falls as t rises, and t is where it is epsilon.
        """
        change = (other - x).flatten(1).double()
        ahead, behind = self.high - x.flatten(1).double(), x.flatten(1).double() - self.low
        room = torch.where(change > 0, ahead, behind).clamp_min(0)
        far = change.abs()
        t = self._shrinkage(far, room)
        moved = change.sign() * (far - t).clamp_min(0).minimum(room)
        near = torch.where(t > 0, x.flatten(1) + moved.to(x), other.flatten(1))  # members stay, bit by bit
        return near.clamp(self.low, self.high).reshape(x.shape)

    def _shrinkage(self, far: Tensor, room: Tensor) -> Tensor:
        """Return (B, 1): by how much every change shrinks; 0 where the sum is small enough.

        The sum falls in linear pieces; Newton's steps solve a piece, and halve the bracket where they leave
        it.
        """
        low, high = torch.zeros_like(far[:, :1]), far.amax(dim=1, keepdim=True)
        t, done = low, torch.zeros_like(low, dtype=torch.bool)
        for _ in range(ROUNDS):
            shrunk = far - t
            over = shrunk.clamp_min(0).minimum(room).sum(dim=1, keepdim=True) - self.epsilon
            done = done | (over.abs() <= PRECISE * self.epsilon) | ((t == 0) & (over <= 0)) | (high <= low)
            if far.device.type == "cpu" and bool(done.all()):
                break
            low, high = torch.where(over > 0, t, low), torch.where(over > 0, high, t)
            free = ((shrunk > 0) & (shrunk < room)).sum(dim=1, keepdim=True)
            ahead = t + over / free.clamp_min(1)
            ahead = torch.where((free > 0) & (ahead > low) & (ahead < high), ahead, (low + high) / 2)
            t = torch.where(done, t, ahead)
        return t

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high): one value alone may use all of it."""
        return (x - self.epsilon).clamp(self.low, self.high), (x + self.epsilon).clamp(self.low, self.high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return a point drawn uniformly from the ball and projected to the box.

        Exponential sizes over their sum, with one more for the inside, are uniform in the ball.
        """
        shape = tuple(x.shape[1:])
        sizes = -torch.log1p(-dice.uniform("l1 sizes", shape).double())
        signs = torch.where(dice.uniform("l1 signs", shape) < 0.5, -1.0, 1.0)
        spare = -torch.log1p(-dice.uniform("l1 inside").double())
        total = sizes.flatten(1).sum(dim=1) + spare
        drawn = self.epsilon * signs * sizes / total.reshape(-1, *[1] * len(shape))
        return self.project(x, x + drawn.to(x))

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the sum of the sizes of all changes."""
        # in double precision, so that a sample's sum doesn't depend on how many others are summed beside it
        return (other - x).flatten(1).double().abs().sum(dim=1).to(x)

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return a step of size 1 along the value with the largest slope, the first of equals."""
        flat = gradient.flatten(1)
        at = flat.abs().argmax(dim=1, keepdim=True)
        return torch.zeros_like(flat).scatter_(1, at, flat.gather(1, at).sign()).reshape(gradient.shape)

    def describe(self) -> str:
        """Return the set in words: `L1 within 12`."""
        return f"L1 within {ratio(self.epsilon)}"
