"""Adam's step, of states that are rows: each point has its own, and none waits for another."""

from __future__ import annotations

from torch import Tensor

DECAY = (0.9, 0.999)
TINY = 1e-8


def adam(slope: Tensor, first: Tensor, second: Tensor, turn: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the step up a slope for a rate of 1, and the new means (Kingma and Ba, 2015, algorithm 1).

    Args:
        slope: (n, ...).
        first: (n, ...) running mean of slopes; 0 at the start.
        second: (n, ...) running mean of their squares; 0 at the start.
        turn: 0 at the start.
    """
    one, two = DECAY
    first = one * first + (1 - one) * slope
    second = two * second + (1 - two) * slope * slope
    step = first / (1 - one ** (turn + 1)) / ((second / (1 - two ** (turn + 1))).sqrt() + TINY)
    return step, first, second
