"""Products: one movement of the input after another, or a change of every value after a movement."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice, Json, Param, Scalar, Threat
from durometer.threat.linf import Linf
from durometer.threat.parametric import Cube, Parametric, rounded


def _turned() -> Mapping[str, Json]:
    return {"name": "rotation-translation"}


def _ball() -> Mapping[str, Json]:
    return {"name": "linf"}


@dataclass(frozen=True)
class Product(Cube):
    """All inputs that a second threat makes of what a first one made: turned, then in other colors.

    Both are threats with coordinates, or `linf` as the second. Points are those of the first and beside them
    those of the second; of `linf` the changes of all values in units of epsilon.
    """

    name: ClassVar[str] = "product"

    first: Annotated[Mapping[str, Json], Param("a threat with coordinates, as in a plan")] = field(
        default_factory=_turned
    )
    second: Annotated[Mapping[str, Json], Param("another one, or linf, as in a plan")] = field(
        default_factory=_ball
    )

    def __post_init__(self) -> None:
        _ = self.before, self.after

    @cached_property
    def before(self) -> Parametric:
        """The first threat."""
        return _with_coordinates(_made(self.first, "first"), "first")

    @cached_property
    def after(self) -> Parametric:
        """The second threat."""
        made = _made(self.second, "second")
        return _Changed(made) if type(made) is Linf else _with_coordinates(made, "second")

    def dimensions(self, shape: Sequence[int], /) -> int:
        """Return the coordinates of both."""
        return self.before.dimensions(shape) + self.after.dimensions(shape)

    def apply(self, x: Tensor, point: Tensor, /) -> Tensor:
        """Return what the second makes of what the first makes."""
        one, two = self.parts(x, point)
        return self.after.apply(self.before.apply(x, one), two)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point of the first, and after it the nearest one of the second."""
        one, two = self.parts(x, other)
        one = self.before.project(x, one)
        return torch.cat((one, self.after.project(self.before.apply(x, one), two)), dim=1)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return a point drawn from the first, and after it one from the second."""
        one = self.before.sample(x, dice)
        later = dice.named(f"{dice.stream} second", dice.version)
        return torch.cat((one, self.after.sample(self.before.apply(x, one), later)), dim=1)

    def told(self, x: Tensor, point: Tensor, /) -> Mapping[str, Sequence[Scalar]]:
        """Return what both tell."""
        one, two = self.parts(x, point)
        return {**self.before.told(x, one), **self.after.told(self.before.apply(x, one), two)}

    def describe(self) -> str:
        """Return the set in words: `turned by up to 30°, …, then Linf within 8/255`."""
        return f"{self.before.describe()}, then {self.after.describe()}"

    def parts(self, x: Tensor, point: Tensor) -> tuple[Tensor, Tensor]:
        """Return the points of both."""
        n = self.before.dimensions(x.shape[1:])
        return point[:, :n], point[:, n:]


@dataclass(frozen=True)
class _Changed(Cube):
    """The L-infinity ball with coordinates: the changes of all values in units of epsilon."""

    name: ClassVar[str] = "linf"

    ball: Linf

    def dimensions(self, shape: Sequence[int], /) -> int:
        return math.prod(shape)

    def apply(self, x: Tensor, point: Tensor, /) -> Tensor:
        changed = x + self.ball.epsilon * point.reshape(x.shape)
        return changed.clamp(self.ball.low, self.ball.high)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        if not self.ball.epsilon:
            return torch.zeros_like(other)
        low, high = ((end - x.flatten(1)) / self.ball.epsilon for end in (self.ball.low, self.ball.high))
        return torch.minimum(torch.maximum(other.clamp(-1, 1), low), high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        return self.project(x, dice.uniform("change", (x[0].numel(),), -1.0, 1.0).to(x))

    def told(self, x: Tensor, point: Tensor, /) -> Mapping[str, Sequence[Scalar]]:
        return {"change": rounded(self.ball.epsilon * self.size(x, point))}

    def describe(self) -> str:
        return self.ball.describe()


def _with_coordinates(made: Threat, which: str) -> Parametric:
    if not isinstance(made, Parametric) or isinstance(made, Product):
        raise ValueError(f"the {which} threat can't be {made.name!r}: it needs coordinates of its own")
    return made


def _made(given: Mapping[str, Json], which: str) -> Threat:
    from durometer.threat import THREATS  # the registry lists this file

    values = {k: v for k, v in given.items() if k != "name"}
    return THREATS.make(str(given.get("name", "")), values, where=f"threat 'product', {which}")
