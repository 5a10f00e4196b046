"""The loop: begin, look, keep, drop, move; again from another start for what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from durometer.attack.engine.kept import Kept, Nearest
from durometer.attack.engine.prober import Prober, Seen
from durometer.attack.engine.room import Room, State
from durometer.core.goal import Goal

PATIENCE = 8
"""Turns between two looks at what is left, on a device where looking waits for the host."""


class Walk(Protocol):
    """What an attack supplies: where it begins and how it moves."""

    @property
    def turns(self) -> int:
        """Moves from one start; what stays unbroken costs turns + 1 forward and turns backward passes."""
        ...

    def begin(self, room: Room, restart: int, /) -> State:
        """Return where each point starts, `x`, and whatever else the walk remembers of it, first axis n."""
        ...

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the (n,) loss whose gradient the walk follows upward."""
        ...

    def move(self, room: Room, state: State, seen: Seen, turn: int, /) -> State:
        """Return the state after one move, its `x` inside the threat; `seen` is what stood at the old one."""
        ...


Watch = Callable[[int, int, Room, State, Seen], None]
"""Called with (restart, turn, room, state, seen) after each question: traces, pictures, progress."""


def search(
    walk: Walk,
    prober: Prober,
    room: Room,
    kept: Kept | Nearest,
    *,
    restarts: int = 1,
    watch: Watch | None = None,
) -> None:
    """Take a walk from `restarts` starts; points that are done are dropped and those left moved together.

    Results are the same to the bit whatever is searched beside a point and whenever points are dropped:
    states are rows, dice belong to points, and the model is asked at one batch shape.

    Args:
        walk: Where to begin and how to move.
        prober: Asks and counts.
        room: Which points.
        kept: What was found so far; what is found is added to it.
        restarts: Starts for points that stay unbroken.
        watch: Told of each question.
    """
    for restart in range(restarts):
        left = room.select(kept.unbroken(room))
        if not len(left):
            return
        _once(walk, prober, left, kept, restart, watch)


def _once(
    walk: Walk, prober: Prober, room: Room, kept: Kept | Nearest, restart: int, watch: Watch | None
) -> None:
    state = walk.begin(room, restart)
    for turn in range(walk.turns + 1):
        last = turn == walk.turns
        x = state["x"]
        seen = prober.ask(x, room) if last else prober.look(x, room, walk.loss)
        kept.take(room, x, seen)
        if watch is not None:
            watch(restart, turn, room, state, seen)
        if last:
            return
        if _due(x, turn):
            keep = kept.unbroken(room)
            if not len(keep):
                return
            if len(keep) < len(room):
                room, state, seen = (
                    room.select(keep),
                    {k: v[keep] for k, v in state.items()},
                    _rows(seen, keep),
                )
        state = walk.move(room, state, seen, turn)


def _due(x: Tensor, turn: int) -> bool:
    return x.device.type == "cpu" or turn % PATIENCE == PATIENCE - 1


def _rows(seen: Seen, index: Tensor) -> Seen:
    loss, gradient = seen.loss, seen.gradient
    return Seen(
        seen.output[index],
        seen.broken[index],
        seen.margin[index],
        None if loss is None else loss[index],
        None if gradient is None else gradient[index],
    )
