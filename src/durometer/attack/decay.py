"""Schedules of step lengths."""

from __future__ import annotations

import math


def cosine(first: float, last: float, share: float) -> float:
    """Return the value after this share of the way from one to the other, along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2
