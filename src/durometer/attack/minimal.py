"""What attacks that look for the nearest broken input share."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from durometer.attack.engine import Nearest, Outcome, Prober, Room
from durometer.attack.engine.room import per_point
from durometer.attack.facts import spent
from durometer.core import ExtensionError, Scalar, Threat

REFINEMENTS = 10
"""Halvings of the way between a broken point and the input: the distance is then right to a thousandth."""


def check_norm(threat: Threat, known: tuple[str, ...], attack: str) -> tuple[float, float]:
    """Return the lowest and the highest value of an input, of a threat that an attack can measure in.

    Raises:
        ExtensionError: it can't, in words.
    """
    if threat.name not in known:
        listed = f"threat{'s' if len(known) > 1 else ''} {', '.join(known)}"
        raise ExtensionError(f"it knows the {listed} only", where=f"attack {attack!r}")
    return float(getattr(threat, "low", 0.0)), float(getattr(threat, "high", 1.0))


def refine(prober: Prober, room: Room, nearest: Nearest) -> None:
    """Move each broken point toward its input as far as it stays broken; one forward pass a halving.

    Where distance counts pixels nothing is nearer on that way, and nothing is asked.
    """
    found = room.select((nearest.broken[room.at] & (nearest.distance[room.at] > 0)).nonzero()[:, 0])
    if not len(found) or room.threat.name == "l0":
        return
    far = nearest.x[found.at]
    inside, outside = far.new_zeros(len(far)), far.new_ones(len(far))
    for _ in range(REFINEMENTS):
        middle = (inside + outside) / 2
        x = between(found.x, far, middle)
        seen = prober.ask(x, found)
        nearest.take(found, x, seen)
        outside = torch.where(seen.broken, middle, outside)
        inside = torch.where(seen.broken, inside, middle)


def between(x: Tensor, far: Tensor, share: Tensor) -> Tensor:
    """Return the points this share (n,) of the way from inputs to other points."""
    return x + per_point(share, far) * (far - x)


def outcome(prober: Prober, nearest: Nearest) -> Outcome:
    """Return the nearest inputs with their distances; none where nothing broke the point."""
    distance: list[Scalar] = [d if math.isfinite(d) else None for d in nearest.distance.tolist()]
    return Outcome(nearest.x, {"distance": distance, **spent(prober)})
