"""The dial: one background moved to an asked complexity, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from durometer.ops.spectrum import windowed
from durometer.ops.waves import Kind, reach

ROOM = 0.01
"""With less of the picture than this under the window, the background's complexity means nothing."""
PLAIN = 2e-4
"""Below this a background is one color but for a few gray levels' rounding."""
TOLERANCE = 0.02
"""How far from the asked complexity the result may stand."""

NO_ROOM = "the object leaves too little background to measure its complexity"
ONE_COLOR = "the background is one plain color; there is nothing to make plainer or busier"


def move(
    background: Tensor,
    window: Tensor,
    *,
    own: float,
    wanted: float,
    by: Kind = "gradient",
    finish: Callable[[Tensor], Tensor] = torch.Tensor.contiguous,
) -> tuple[Tensor, str]:
    """Return one background (C, H, W) moved to a complexity, and why it can't be used, if so.

    Args:
        background: The picture without its object, in [0, 1].
        window: (1, H, W) of `background_window`.
        own: The background's own complexity.
        wanted: The complexity asked for.
        by: How waves are moved; see `durometer.ops.waves.Waves`.
        finish: What is done to a moved background before it is measured.
    """
    if float(window.square().mean()) < ROOM:
        return background, NO_ROOM
    if own < PLAIN:
        return background, ONE_COLOR
    moved = reach(background, lambda x: float(windowed(x, window)), wanted, by=by, finish=finish)
    reached = float(windowed(moved, window))
    if abs(reached - wanted) <= TOLERANCE * wanted:
        return moved, ""
    return moved, (
        f"the background's complexity can't be moved from {own:.4f} to {wanted:.4f}, only to {reached:.4f}; "
        "ask for less"
    )
