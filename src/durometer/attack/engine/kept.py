"""What a search keeps of each point: the first input that breaks it, or the nearest one."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.attack.engine.prober import Prober, Seen
from durometer.attack.engine.room import Room, per_point


class Kept:
    """The best input so far of each point of a batch: the first broken one, before it the lowest margin.

    Attributes:
        x: (B, ...) inputs; the untouched ones at the start.
        broken: (B,) bool.
        margin: (B,) of what is kept.
    """

    def __init__(self, prober: Prober) -> None:
        self.x = prober.batch.x.clone()
        self.broken = prober.goal.broken(prober.clean)
        self.margin = prober.goal.margin(prober.clean).clone()

    def take(self, room: Room, x: Tensor, seen: Seen) -> None:
        """Keep what is better than what is kept, without waiting for the host."""
        held = self.broken[room.at]
        better = ~held & (seen.broken | (seen.margin < self.margin[room.at]))
        self.x[room.at] = torch.where(per_point(better, x), x, self.x[room.at])
        self.margin[room.at] = torch.where(better, seen.margin, self.margin[room.at])
        self.broken[room.at] = held | seen.broken

    def unbroken(self, room: Room) -> Tensor:
        """Return the places in a room of the points that are still to be broken; waits for the host."""
        return (~self.broken[room.at]).nonzero()[:, 0]


class Nearest:
    """The broken input nearest to the untouched one, of each point of a batch.

    Attributes:
        x: (B, ...) inputs; the untouched ones until one is broken.
        broken: (B,) bool.
        distance: (B,) in the threat's unit; 0 where broken untouched, infinite where none was found.
    """

    def __init__(self, prober: Prober) -> None:
        self.x = prober.batch.x.clone()
        self.broken = prober.goal.broken(prober.clean)
        self.distance = torch.where(self.broken, 0.0, torch.inf).to(self.x)

    def take(self, room: Room, x: Tensor, seen: Seen) -> None:
        """Keep what is broken and nearer than what is kept."""
        distance = room.threat.size(room.x, x)
        better = seen.broken & (distance < self.distance[room.at])
        self.x[room.at] = torch.where(per_point(better, x), x, self.x[room.at])
        self.distance[room.at] = torch.where(better, distance.to(self.distance), self.distance[room.at])
        self.broken[room.at] |= seen.broken

    def unbroken(self, room: Room) -> Tensor:
        """Return the places of all points but those broken untouched: a nearer input may be found."""
        return (self.distance[room.at] > 0).nonzero()[:, 0]
