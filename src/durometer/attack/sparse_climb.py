"""Auto-PGD in L1: steps along a few values, fewer or more of them as the best input is sparse or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Room, Seen, State
from durometer.attack.engine.prober import Loss
from durometer.attack.engine.room import per_point
from durometer.attack.losses import task_loss
from durometer.attack.pgd import restarted
from durometer.core.goal import Goal
from durometer.threat import L1

WIDER = ((3.0, 0.3), (2.0, 0.3), (1.0, 0.4))
"""Radii, in epsilon, and shares of the steps that are taken in each."""
WAIT = 0.04
"""Share of the steps of a radius between two checks."""
FIRST_SHARE = 0.2
"""Share of the values in the first steps, without wider radii before."""
SPARSER = 0.95
"""A point whose best change has lost more than 1 in 20 of its values goes back to it with a long step."""
WEAKEN, SHORTEST, DENSITY = 1.5, 10.0, 1.5
"""Divisors: of the step, at most, and of the share of values that are changed."""


@dataclass(frozen=True)
class SparseClimb:
    """The walk of Auto-PGD in L1 (Croce and Hein, 2021), with the constants of the authors' code.

    With `wider` it climbs in three times, twice and once epsilon; each goes on from the best input of the one
    before, projected.

    Attributes:
        raised: The loss.
        steps: Steps in all radii together.
        wider: Whether to begin in wider balls.
    """

    raised: Loss = task_loss
    steps: int = 100
    wider: bool = False

    @property
    def radii(self) -> list[tuple[float, int]]:
        """(radius in epsilon, steps taken in it), in order."""
        if not self.wider:
            return [(1.0, self.steps)]
        counts = [-int(-share * self.steps // 1) for _, share in WIDER[:-1]]
        counts = [min(c, self.steps) for c in counts]
        last = max(self.steps - sum(counts), 0)
        return [(r, c) for (r, _), c in zip(WIDER, [*counts, last], strict=True)]

    @property
    def turns(self) -> int:
        """Moves: the steps, and one from each radius to the next."""
        return sum(count for _, count in self.radii) + len(self.radii) - 1

    def begin(self, room: Room, restart: int, /) -> State:
        """Start at normal noise projected to the widest ball: few values survive that."""
        noise = restarted(room.dice, restart).normal("l1 start", tuple(room.x.shape[1:])).to(room.x)
        x = _ball(room, self.radii[0][0]).project(room.x, room.x + noise)
        flat = x.new_zeros(len(x))
        share = _density(x, room) / DENSITY if self.wider else flat + FIRST_SHARE
        held = _density(x, room) if self.wider else flat + 1
        return {
            "x": x, "best": x, "slope": torch.zeros_like(x), "height": flat - torch.inf,
            "step": flat + self.radii[0][0] * _epsilon(room), "share": share, "held": held,
        }  # fmt: skip

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the loss that is raised."""
        return self.raised(output, goal)

    def move(self, room: Room, state: State, seen: Seen, turn: int, /) -> State:
        """Note what was seen; check the step, or go on to the next radius, and step."""
        assert seen.loss is not None
        assert seen.gradient is not None
        place, done = self._place(turn)
        radius, count = self.radii[place]
        state = _noted(state, seen.loss, seen.gradient)
        if done == count and place + 1 < len(self.radii):
            return _next_radius(room, state, self.radii[place + 1][0])
        x, slope = state["x"], seen.gradient
        wait = max(int(WAIT * count), 1)
        if done and done % wait == 0:
            state, back = _checked(room, state, radius * _epsilon(room))
            wide = per_point(back, x)
            x, slope = torch.where(wide, state["best"], x), torch.where(wide, state["slope"], slope)
        ahead = x + per_point(state["step"], x) * _sparse(slope, state["share"])
        return {**state, "x": _ball(room, radius).project(room.x, ahead)}

    def _place(self, turn: int) -> tuple[int, int]:
        """Return which radius a turn is in, and how many steps were taken there."""
        starts = [0, *accumulate(count + 1 for _, count in self.radii)]
        place = max(k for k, start in enumerate(starts[:-1]) if start <= turn)
        return place, turn - starts[place]


class Inside(Kept):
    """What is kept of a search that leaves the set on the way: only what lies in the set.

    Args:
        kept: Where it is kept.
    """

    def __init__(self, kept: Kept) -> None:
        self.x, self.broken, self.margin = kept.x, kept.broken, kept.margin

    def take(self, room: Room, x: Tensor, seen: Seen) -> None:
        """Keep what is better than what is kept and lies in the set."""
        within = room.threat.contains(room.x, x)
        margin = torch.where(within, seen.margin, torch.inf)
        super().take(room, x, replace(seen, broken=seen.broken & within, margin=margin))


def _noted(state: State, loss: Tensor, gradient: Tensor) -> State:
    loss = loss.nan_to_num(-torch.inf)
    higher = loss > state["height"]
    wide = per_point(higher, gradient)
    return {
        **state,
        "best": torch.where(wide, state["x"], state["best"]),
        "slope": torch.where(wide, gradient, state["slope"]),
        "height": torch.where(higher, loss, state["height"]),
    }


def _checked(room: Room, state: State, longest: float) -> tuple[State, Tensor]:
    """Set how many values are changed and how far; return also which points go back to their best."""
    held = _density(state["best"], room)
    back = held < SPARSER * state["held"]
    step = torch.where(back, longest, state["step"] / WEAKEN).clamp(longest / SHORTEST, longest)
    return {**state, "share": held / DENSITY, "held": held, "step": step}, back


def _next_radius(room: Room, state: State, radius: float) -> State:
    x = _ball(room, radius).project(room.x, state["best"])
    held = _density(x, room)
    flat = torch.zeros_like(held)
    return {
        **state, "x": x, "best": x, "height": flat - torch.inf, "held": held, "share": held / DENSITY,
        "step": flat + radius * _epsilon(room),
    }  # fmt: skip


def _sparse(slope: Tensor, share: Tensor) -> Tensor:
    """Return steps of L1 size 1, equal on the share of values with the largest slopes."""
    flat = slope.flatten(1)
    n = flat.shape[1]
    size = flat.abs()
    fewest = ((1 - share) * n).clamp(0, n - 1).long()
    least = size.sort(dim=1).values.gather(1, fewest[:, None])
    sign = torch.where(size >= least, flat.sign(), 0.0)
    return (sign / sign.abs().sum(dim=1, keepdim=True).clamp_min(1)).reshape(slope.shape)


def _density(x: Tensor, room: Room) -> Tensor:
    """Return (n,) the share of values that differ from the untouched input."""
    return (x != room.x).flatten(1).sum(dim=1) / x[0].numel()


def _epsilon(room: Room) -> float:
    assert isinstance(room.threat, L1)
    return room.threat.epsilon


def _ball(room: Room, radius: float) -> L1:
    assert isinstance(room.threat, L1)
    return replace(room.threat, epsilon=radius * room.threat.epsilon)
