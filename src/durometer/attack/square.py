"""Square: random changes in squares of a picture, kept where the margin falls; no gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Outcome, Prober, Room, Seen
from durometer.attack.engine.room import per_point
from durometer.attack.facts import spent
from durometer.attack.square_mass import Moves
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Threat, Trait
from durometer.threat import L1, L2, Linf

SCHEDULE = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Queries of 10,000 after which the share of pixels is halved, once for each that is passed."""
AHEAD = 256
"""Queries whose random numbers are drawn together."""


@dataclass(frozen=True)
class Square(Attack):
    """Square attack in a ball of L-infinity, L2 or L1 (Andriushchenko et al., 2020, algorithms 1 to 3).

    In L-infinity it begins with vertical stripes at the corners of the ball; each query then moves one square
    of the picture to the upper or lower end of the ball, channel by channel, and keeps it where the margin
    falls. In L2 and L1 a query moves the change from one square into another. The squares shrink by a
    schedule. A square that changes nothing is a query too, but its answer is known: the model is not asked.

    `squares` says where they may lie: `anywhere`, up to the last row and column; `published`, never touching
    those, as the authors' code draws them.
    """

    name: ClassVar[str] = "square"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "andriushchenko2020"

    queries: Annotated[int, Param("questions a sample, the first included", low=1)] = 5000
    share: Annotated[float, Param("share of the pixels in the first squares", low=0, high=1)] = 0.8
    rescaled: Annotated[bool, Param("stretch the schedule of 10,000 over the queries")] = False
    squares: Annotated[Literal["anywhere", "published"], Param("where squares may lie")] = "anywhere"

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample."""
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        if room.threat.name not in ("linf", "l2", "l1") or room.x.ndim != 4:
            raise ExtensionError(
                "it knows pictures in the threats linf, l2 and l1 only", where="attack 'square'"
            )
        room = room.select(kept.unbroken(room))
        if not len(room):
            return
        now = _stripes(room) if isinstance(room.threat, Linf) else _moves(room).start(room)
        seen = prober.ask(now, room)
        kept.take(room, now, seen)
        margin = seen.margin
        asked = self._asked if isinstance(room.threat, Linf) else self._moved
        for block in self._blocks():
            room, now, margin = _left(room, kept, now, margin)
            if not len(room):
                return
            room, now, margin = asked(prober, room, kept, now, margin, block)

    def _blocks(self) -> Iterator[range]:
        turns = self.queries - 1
        return (range(start, min(start + AHEAD, turns)) for start in range(0, turns, AHEAD))

    def _asked(
        self, prober: Prober, room: Room, kept: Kept, now: Tensor, margin: Tensor, block: range
    ) -> tuple[Room, Tensor, Tensor]:
        """Ask a block of queries; what is broken is dropped on the way."""
        place, sign = _draw(room, block)
        host = now.device.type == "cpu"
        for k, turn in enumerate(block):
            at = self._window(now, place[:, k], self.side(turn, tuple(now.shape)))
            flat = now.flatten(1)  # a view: only squares are written, and written back where they don't help
            old = flat.gather(1, at)
            new = _ends(room, at, sign[:, k])
            flat.scatter_(1, at, new)
            seen = _changed(prober, room, now, margin, (new != old).any(dim=1))
            done = host and bool(seen.broken.any())
            if done or not host:
                kept.take(room, now, seen)
            better = (seen.margin < margin) | seen.broken
            margin = torch.where(better, seen.margin, margin)
            flat.scatter_(1, at, torch.where(better[:, None], new, old))
            if done:
                index = (~seen.broken).nonzero()[:, 0]
                room, now, margin = room.select(index), now[index], margin[index]
                place, sign = place[index], sign[index]
                if not len(index):
                    break
        kept.take(room, now, _unbroken(margin))
        return room, now, margin

    def _moved(
        self, prober: Prober, room: Room, kept: Kept, now: Tensor, margin: Tensor, block: range
    ) -> tuple[Room, Tensor, Tensor]:
        """Do the same where a change is moved from one window into another."""
        moves, host = _moves(room), now.device.type == "cpu"
        place = room.dice.uniform(f"windows {block.start}", (len(block), 4)).to(room.x)
        coins = room.dice.uniform(f"bumps {block.start}", (len(block), room.x.shape[1] + 1)).to(room.x) < 0.5
        for k, turn in enumerate(block):
            side = moves.side(self.side(turn, tuple(now.shape)), *now.shape[-2:])
            here, there = (self._window(now, place[:, k, i : i + 2], side) for i in (0, 2))
            new = moves.moved(room.x, now, here, there, coins[:, k])
            seen = prober.ask(new, room)
            better = (seen.margin < margin) | seen.broken
            margin, now = (
                torch.where(better, seen.margin, margin),
                torch.where(per_point(better, new), new, now),
            )
            done = host and bool(seen.broken.any())
            if done or not host:
                kept.take(room, new, seen)
            if done:
                index = (~seen.broken).nonzero()[:, 0]
                room, now, margin = room.select(index), now[index], margin[index]
                place, coins = place[index], coins[index]
                if not len(index):
                    break
        kept.take(room, now, _unbroken(margin))
        return room, now, margin

    def side(self, turn: int, shape: tuple[int, ...]) -> int:
        """Return the side of the square of a query, in pixels."""
        height, width = shape[-2:]
        scaled = int(turn / self.queries * 10000) if self.rescaled else turn
        share = self.share / 2 ** sum(scaled > step for step in SCHEDULE)
        return min(max(round(math.sqrt(share * height * width)), 1), height, width)

    def _window(self, x: Tensor, place: Tensor, side: int) -> Tensor:
        """Return (n, C · side²) the flat positions of each point's square."""
        channels, height, width = x.shape[1:]
        room = 1 if self.squares == "anywhere" else 0
        last = torch.tensor([height - side + room, width - side + room], device=x.device).clamp_min(1)
        corner = (place * last).floor().long()
        step = torch.arange(side, device=x.device)
        rows, columns = corner[:, :1] + step, corner[:, 1:] + step
        flat = (rows[:, :, None] * width + columns[:, None]).flatten(1)
        planes = torch.arange(channels, device=x.device) * (height * width)
        return (planes[None, :, None] + flat[:, None]).flatten(1)


def _changed(prober: Prober, room: Room, now: Tensor, margin: Tensor, changed: Tensor) -> Seen:
    """Ask about the points that a square changed; of the others the answer is known, and costs nothing."""
    if now.device.type != "cpu" or bool(changed.all()):
        return prober.ask(now, room)
    index = changed.nonzero()[:, 0]
    seen = _unbroken(margin.clone())
    if len(index):
        some = prober.ask(now[index], replace(room, at=room.at[index], goal=room.goal.select(index)))
        seen.margin[index], seen.broken[index] = some.margin, some.broken
    return seen


def _moves(room: Room) -> Moves:
    assert isinstance(room.threat, L2 | L1)
    return Moves(room.threat)


def _unbroken(margin: Tensor) -> Seen:
    return Seen(margin, torch.zeros_like(margin, dtype=torch.bool), margin)


def _stripes(room: Room) -> Tensor:
    """Return the start: every column of every channel at the top or the bottom of the ball."""
    low, high = room.threat.box(room.x)
    channels, _, width = room.x.shape[1:]
    up = room.dice.uniform("stripes", (channels, 1, width)).to(room.x) < 0.5
    return torch.where(up, high, low)


def _draw(room: Room, block: range) -> tuple[Tensor, Tensor]:
    """Return places (n, block, 2) in [0, 1) and signs (n, block, C), each point's own."""
    purpose = f"squares {block.start}"
    place = room.dice.uniform(purpose, (len(block), 2)).to(room.x)
    up = room.dice.uniform(f"{purpose} signs", (len(block), room.x.shape[1])).to(room.x) < 0.5
    return place, torch.where(up, 1.0, -1.0)


def _ends(room: Room, at: Tensor, sign: Tensor) -> Tensor:
    """Return the pixels (n, C · side²) of each square at its end of the ball."""
    threat = room.threat
    assert isinstance(threat, Linf)
    wide = sign.repeat_interleave(at.shape[1] // sign.shape[1], dim=1)
    return (room.x.flatten(1).gather(1, at) + threat.epsilon * wide).clamp(threat.low, threat.high)


def _left(room: Room, kept: Kept, now: Tensor, margin: Tensor) -> tuple[Room, Tensor, Tensor]:
    index = kept.unbroken(room)
    if len(index) == len(room):
        return room, now, margin
    return room.select(index), now[index], margin[index]
