"""Random search by proposals: change a little at random, ask, keep what lowers the margin; no gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Prober, Room, State
from durometer.attack.engine.room import per_point

AHEAD = 64
"""Queries whose random numbers are drawn together."""


class Proposals(Protocol):
    """What such an attack supplies: where it begins, what it draws, and what it tries next."""

    @property
    def queries(self) -> int:
        """Questions from one start, the first included."""
        ...

    def begin(self, room: Room, /) -> State:
        """Return where each point starts, `x`, and whatever else is remembered of it, first axis n."""
        ...

    def draw(self, room: Room, block: range, /) -> Tensor:
        """Return (n, len(block), ...) random numbers of these turns, each point's own."""
        ...

    def propose(self, room: Room, state: State, drawn: Tensor, turn: int, /) -> State:
        """Return a state to try, with its `x` in the threat; turns count from 1."""
        ...


def improve(proposals: Proposals, prober: Prober, room: Room, kept: Kept) -> None:
    """Follow proposals for what is not broken yet; a proposal is taken where the margin falls.

    Args:
        proposals: Where to begin and what to try.
        prober: Asks and counts.
        room: Which points.
        kept: What was found so far; what is found is added to it.
    """
    room = room.select(kept.unbroken(room))
    if not len(room):
        return
    state = proposals.begin(room)
    margin = _asked(prober, room, state["x"], kept)
    for block in _blocks(proposals.queries):
        room, state, (margin,) = _left(kept, room, state, (margin,))
        if not len(room):
            return
        drawn = proposals.draw(room, block)
        for k, turn in enumerate(block):
            if room.x.device.type == "cpu":
                room, state, (margin, drawn) = _left(kept, room, state, (margin, drawn))
            if not len(room):
                return
            tried = proposals.propose(room, state, drawn[:, k], turn)
            now = _asked(prober, room, tried["x"], kept)
            better = now < margin
            margin = torch.where(better, now, margin)
            state = {n: torch.where(per_point(better, v), tried[n], v) for n, v in state.items()}


def _blocks(queries: int) -> Iterator[range]:
    return (range(start, min(start + AHEAD, queries)) for start in range(1, queries, AHEAD))


def _asked(prober: Prober, room: Room, x: Tensor, kept: Kept) -> Tensor:
    """Ask, keep, and return the margins; the lowest of all where broken."""
    seen = prober.ask(x, room)
    kept.take(room, x, seen)
    return torch.where(seen.broken, -torch.inf, seen.margin)


def _left(
    kept: Kept, room: Room, state: State, more: tuple[Tensor, ...]
) -> tuple[Room, State, tuple[Tensor, ...]]:
    index = kept.unbroken(room)
    if len(index) == len(room):
        return room, state, more
    return room.select(index), {k: v[index] for k, v in state.items()}, tuple(v[index] for v in more)


def share_at(turn: int, queries: int, schedule: tuple[tuple[int, float], ...]) -> float:
    """Return the share of a schedule over 10,000 queries, stretched over `queries`.

    Args:
        turn: Which query.
        queries: How many there are.
        schedule: (last turn of 10,000, share) by rising turns; the last share holds from there on.
    """
    scaled = int(turn / queries * 10_000)
    return next((share for last, share in schedule if scaled <= last), schedule[-1][1])
