"""What attacks that look for the nearest broken input share."""

from __future__ import annotations

import math

import torch

from durometer.attack.engine import Nearest, Outcome, Prober, Room
from durometer.attack.engine.room import per_point
from durometer.attack.facts import spent
from durometer.core import Scalar

REFINEMENTS = 10
"""Halvings of the way between a broken point and the input: the distance is then right to a thousandth."""


def refine(prober: Prober, room: Room, nearest: Nearest) -> None:
    """Move each broken point toward its input as far as it stays broken; one forward pass a halving."""
    found = room.select((nearest.broken[room.at] & (nearest.distance[room.at] > 0)).nonzero()[:, 0])
    if not len(found):
        return
    far = nearest.x[found.at]
    inside, outside = far.new_zeros(len(far)), far.new_ones(len(far))
    for _ in range(REFINEMENTS):
        middle = (inside + outside) / 2
        x = found.x + per_point(middle, far) * (far - found.x)
        seen = prober.ask(x, found)
        nearest.take(found, x, seen)
        outside = torch.where(seen.broken, middle, outside)
        inside = torch.where(seen.broken, inside, middle)


def outcome(prober: Prober, nearest: Nearest) -> Outcome:
    """Return the nearest inputs with their distances; none where nothing broke the point."""
    distance: list[Scalar] = [d if math.isfinite(d) else None for d in nearest.distance.tolist()]
    return Outcome(nearest.x, {"distance": distance, **spent(prober)})
