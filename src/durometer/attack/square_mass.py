"""Square in L2 and L1: moves of the change from one window of the picture into another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from durometer.attack.engine import Room
from durometer.attack.engine.room import per_point
from durometer.threat import L1, L2

TINY = 1e-12
ORDER = {"l2": 2, "l1": 1}
FALL = {"l2": 2, "l1": 4}
"""Exponents by which a bump falls with the distance from its middle, ring by ring."""
TILES = 5
"""Tiles on a side of the picture at the start."""
LEAST = 3
"""Smallest side of a window, in pixels."""


@dataclass(frozen=True)
class Moves:
    """The moves of Square in a ball of L2 or L1 (Andriushchenko et al., 2020, algorithm 3).

    A window takes the change that another had, and what the ball has left, as a pair of bumps of either sign;
    in L1 the result is projected, in L2 scaled to the sphere and clipped.

    Attributes:
        threat: The ball.
    """

    threat: L2 | L1

    def start(self, room: Room) -> Tensor:
        """Return a mosaic of pairs of bumps, each with its own sign and turn in every channel."""
        channels, height, width = room.x.shape[1:]
        side = max(min(height, width) // TILES, 1)
        rows, columns = height // side, width // side
        coins = room.dice.uniform("tiles", (rows, columns, channels + 1)).to(room.x) < 0.5
        bumps = self._pairs(side, room.x)[coins[..., -1].long()]  # (n, rows, columns, side, side)
        sign = torch.where(coins[..., :-1], 1.0, -1.0).permute(0, 3, 1, 2)  # (n, C, rows, columns)
        tiles = sign[..., None, None] * bumps[:, None]
        mosaic = tiles.permute(0, 1, 2, 4, 3, 5).reshape(len(room), channels, rows * side, columns * side)
        change = torch.zeros_like(room.x)
        top, left = (height - rows * side) // 2, (width - columns * side) // 2
        change[:, :, top : top + rows * side, left : left + columns * side] = mosaic
        return self._inside(room.x, change)

    def side(self, side: int, height: int, width: int) -> int:
        """Return the side of the windows: odd, three at least."""
        side = max(side, LEAST)
        return min(side + (side + 1) % 2, height, width)

    def moved(self, x: Tensor, now: Tensor, here: Tensor, there: Tensor, coins: Tensor) -> Tensor:
        """Return the inputs after one move.

        Args:
            x: (n, C, H, W) untouched inputs.
            now: Where each stands.
            here: (n, C · side²) flat positions of the window that takes.
            there: The same of the window that gives; they may overlap.
            coins: (n, C + 1) bool: a sign for each channel, and whether the bumps lie or stand.
        """
        channels = x.shape[1]
        side = round((here.shape[1] // channels) ** 0.5)
        change = (now - x).flatten(1)
        whole = self._size(change)
        old = change.gather(1, here).reshape(len(x), channels, -1)
        rest = change.scatter(1, here, 0.0)
        given = rest.gather(1, there).reshape(len(x), channels, -1)
        mass = self._joined(self._size(old), self._size(given))
        sign = torch.where(coins[:, :-1], 1.0, -1.0).to(x)
        bumps = self._pairs(side, x)[coins[:, -1].long()].flatten(1)
        new = sign[:, :, None] * bumps[:, None] + old / (TINY + self._size(old)[..., None])
        new = new / (TINY + self._size(new)[..., None]) * self._spent(mass, whole, channels)[..., None]
        change = rest.scatter(1, there, 0.0).scatter(1, here, new.flatten(1))
        return self._inside(x, change.reshape(x.shape))

    def _spent(self, mass: Tensor, whole: Tensor, channels: int) -> Tensor:
        """Return (n, C) the size of each channel's new window: what was there and its share of the rest."""
        if isinstance(self.threat, L2):
            left = (self.threat.epsilon**2 - whole.square()).clamp_min(0)[:, None]
            return (left / channels + mass.square()).sqrt()
        left = (self.threat.epsilon - whole).clamp_min(0)[:, None]
        return (left / channels + mass) * channels

    def _inside(self, x: Tensor, change: Tensor) -> Tensor:
        if isinstance(self.threat, L1):
            return self.threat.project(x, x + change)
        scale = self.threat.epsilon / (TINY + self._size(change.flatten(1)))
        return (x + per_point(scale, x) * change).clamp(self.threat.low, self.threat.high)

    def _size(self, change: Tensor) -> Tensor:
        # in double precision, so that a sample's size doesn't depend on how many others are summed beside it
        size: Tensor = torch.linalg.vector_norm(change.double(), ord=ORDER[self.threat.name], dim=-1)
        return size.to(change)

    def _joined(self, one: Tensor, other: Tensor) -> Tensor:
        return one + other if isinstance(self.threat, L1) else (one.square() + other.square()).sqrt()

    def _pairs(self, side: int, like: Tensor) -> Tensor:
        """Return (2, side, side): a positive bump above a negative one, and the same lying."""
        pair = _pair(side, self.threat.name).to(like)
        return torch.stack([pair, pair.T])


@cache
def _pair(side: int, norm: str) -> Tensor:
    """Return (side, side) of size 1: a bump on the upper half, and one turned around on the lower."""
    upper, lower = side // 2, side - side // 2
    pair = torch.cat([_bump(upper, side, norm), -_bump(lower, side, norm)])
    return _unit(pair, norm)


def _bump(height: int, width: int, norm: str) -> Tensor:
    """Return (height, width) of size 1, highest in the middle: squares around it, added up.

    A square that reaches r pixels from the middle adds 1 / (r + 1) to the power of `FALL`.
    """
    if not height * width:
        return torch.zeros(height, width)
    rows, columns = torch.arange(height) - height // 2, torch.arange(width) - width // 2
    ring = torch.maximum(rows.abs()[:, None], columns.abs())
    adds = 1.0 / (torch.arange(max(height // 2, width // 2) + 1) + 1.0) ** FALL[norm]
    bump = adds.flip(0).cumsum(0).flip(0)[ring]
    return _unit(bump, norm)


def _unit(shape: Tensor, norm: str) -> Tensor:
    size: Tensor = torch.linalg.vector_norm(shape, ord=ORDER[norm])
    return shape / size
