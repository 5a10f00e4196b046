"""A patch anywhere: one rectangle of each picture may change, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice, Param
from durometer.threat.directed import Directed, inside, ratio, within
from durometer.threat.window import Window


@dataclass(frozen=True)
class Patch(Directed):
    """All inputs in [low, high] that differ from `x` inside one rectangle only, by at most epsilon.

    The rectangle has the share of the picture and the ratio of its sides as nearly as whole pixels allow, and
    stands anywhere inside it. The set is a union of boxes, one a place: it is not convex. Tensors are
    (B, C, H, W) with `x` inside [low, high].
    """

    name: ClassVar[str] = "patch"

    share: Annotated[float, Param("share of the picture's area", low=0, high=1)] = 0.05
    aspect: Annotated[float, Param("height over width of the rectangle", low=0.01, high=100)] = 1.0
    epsilon: Annotated[float, Param("largest change of any value", "of the input range", low=0)] = 1.0
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0

    def window(self, x: Tensor) -> Window:
        """Return the rectangle for pictures (B, C, H, W)."""
        return Window.of(x, self.share, self.aspect)

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is `other` in the set around `x`?"""
        fits = self.window(x).fits(other != x)
        return fits & within(self.size(x, other), self.epsilon) & inside(other, self.low, self.high)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point of the set in Euclidean distance.

        Keeping a place saves what lies there of |other - x|² less what cutting at the box costs; the
        rectangle that saves most is kept.
        """
        low, high = self.box(x)
        cut = torch.minimum(torch.maximum(other, low), high)
        window = self.window(x)
        saved = (other - x).double().square() - (other - cut).double().square()
        near = torch.where(window.mask(window.best(saved)), cut, x)
        member = window.fits(cut != x)  # members stay, bit by bit
        return torch.where(member.reshape(-1, 1, 1, 1), cut, near)

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high): any pixel may be the one that changes."""
        return (x - self.epsilon).clamp(self.low, self.high), (x + self.epsilon).clamp(self.low, self.high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return `x` with a rectangle at a random place, its values uniform in their range."""
        window = self.window(x)
        rows, columns = window.places
        place = dice.integers("patch place", 0, rows * columns).to(x.device)
        low, high = self.box(x)
        drawn = low + (high - low) * dice.uniform("patch values", tuple(x.shape[1:])).to(x)
        return torch.where(window.mask(window.corner(place)), drawn.clamp(low, high), x)

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the largest change of any value."""
        return (other - x).abs().flatten(1).amax(dim=1)

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the gradient's signs in the rectangle with the largest slopes, zero elsewhere."""
        window = self.window(gradient)
        return gradient.sign() * window.mask(window.best(gradient.abs()))

    def describe(self) -> str:
        """Return the set in words: `any change in a patch of 5 % anywhere`."""
        change = (
            "any change" if self.epsilon >= self.high - self.low else f"Linf within {ratio(self.epsilon)}"
        )
        return f"{change} in a patch of {100 * self.share:g} % anywhere"
