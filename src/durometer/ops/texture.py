"""Generated textures: clouds, stripes, checks and spots in two colors, from dice alone.

Only additions, multiplications and comparisons make them, so that they come out the same to the last bit in
any batch. Sizes are shares of the short side: a texture looks alike at any resolution.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Dice

OCTAVES = (4, 8, 16, 32, 64, 128)
MOST_SPOTS = 16
Pattern = Callable[[Dice, int, int], Tensor]


def texture(
    dice: Dice, channels: int, height: int, width: int, *, kind: str = "random"
) -> tuple[Tensor, list[str]]:
    """Return ((B, channels, height, width) float32 in [0, 1], the kind of each).

    Args:
        dice: One texture for each of its ids.
        channels: 3, or 1 for gray.
        height: In pixels.
        width: In pixels.
        kind: `clouds`, `stripes`, `checks`, `spots`, or `random` for one of them drawn for each.
    """
    names = list(PATTERNS)
    drawn = [names[i] for i in dice.integers("kind", 0, len(names)).tolist()] if kind == "random" else None
    kinds = drawn or [kind] * len(dice.ids)
    pattern = torch.empty(len(kinds), 1, height, width, device=dice.device)
    for name in sorted(set(kinds)):
        rows = [i for i, k in enumerate(kinds) if k == name]
        pattern[rows] = PATTERNS[name](dice.select(rows), height, width)
    dark, bright = _colors(dice, channels)
    return (1 - pattern) * dark + pattern * bright, kinds


def clouds(dice: Dice, height: int, width: int) -> Tensor:
    """Noise of several sizes, each half as strong as the one twice as large."""
    side = max(height, width)
    out = torch.zeros(len(dice.ids), 1, height, width, device=dice.device)
    for k, n in enumerate(OCTAVES):
        knots = dice.uniform(f"clouds {n}", (1, n + 1, n + 1))
        fine = F.interpolate(knots, size=(side, side), mode="bilinear", align_corners=True)
        out = out + fine[..., :height, :width] * 0.5 ** (k + 1)
    return ((out - 0.5) * 2 + 0.5).clamp(0, 1)


def stripes(dice: Dice, height: int, width: int) -> Tensor:
    """Straight stripes of any direction, a 24th to a 5th of the short side apart."""
    turn = [math.pi * u for u in dice.uniform("stripes turn").tolist()]
    return _bars(dice, "stripes", turn, height, width)


def checks(dice: Dice, height: int, width: int) -> Tensor:
    """Two crossing sets of stripes."""
    turn = [math.pi * u for u in dice.uniform("checks turn").tolist()]
    one = _bars(dice, "checks one", turn, height, width)
    other = _bars(dice, "checks other", [t + math.pi / 2 for t in turn], height, width)
    return one * other + (1 - one) * (1 - other)


def spots(dice: Dice, height: int, width: int) -> Tensor:
    """Round spots, one in each cell of a grid, of any size and place that the cell allows."""
    across = dice.uniform("spots across", low=5, high=MOST_SPOTS).to(torch.float32)[:, None, None]
    knots = dice.uniform("spots knots", (3, 2 * MOST_SPOTS, 2 * MOST_SPOTS))
    y, x = _grid(dice, height, width)
    x, y = x * across, y * across
    wrapped = [torch.remainder(v.floor().long(), 2 * MOST_SPOTS).expand(-1, height, width) for v in (x, y)]
    column, row = wrapped
    sample = torch.arange(len(dice.ids), device=dice.device)[:, None, None]
    radius, right, down = (knots[sample, i, row, column] for i in range(3))
    radius = radius * 0.3 + 0.15
    dx = x - x.floor() - (radius + right * (1 - 2 * radius))
    dy = y - y.floor() - (radius + down * (1 - 2 * radius))
    pixel = min(height, width) / across
    return (((radius - torch.sqrt(dx * dx + dy * dy)) * pixel) + 0.5).clamp(0, 1)[:, None]


PATTERNS: dict[str, Pattern] = {"clouds": clouds, "stripes": stripes, "checks": checks, "spots": spots}


def _bars(dice: Dice, purpose: str, turn: list[float], height: int, width: int) -> Tensor:
    period = dice.uniform(f"{purpose} period", low=1 / 24, high=1 / 5)[:, None, None]
    phase = dice.uniform(f"{purpose} phase")[:, None, None]
    y, x = _grid(dice, height, width)
    cos, sin = (
        torch.tensor([f(t) for t in turn], device=dice.device)[:, None, None] for f in (math.cos, math.sin)
    )
    at = (x * cos + y * sin) / period + phase
    from_middle = ((at - at.floor()) * 2 - 1).abs()  # 0 in the middle of a bright stripe, 1 of a dark one
    pixels = period * (min(height, width) / 2)
    return ((0.5 - from_middle) * pixels + 0.5).clamp(0, 1)[:, None]


def _grid(dice: Dice, height: int, width: int) -> tuple[Tensor, Tensor]:
    short = min(height, width)
    y = (torch.arange(height, device=dice.device, dtype=torch.float32) + 0.5) / short
    x = (torch.arange(width, device=dice.device, dtype=torch.float32) + 0.5) / short
    return y[None, :, None], x[None, None, :]


def _colors(dice: Dice, channels: int) -> tuple[Tensor, Tensor]:
    """Two colors that differ by at least a third in each channel's place on the scale."""
    one = dice.uniform("color one", (channels,))
    step = dice.uniform("color step", (channels,), low=1 / 3, high=2 / 3)
    other = one + step
    other = torch.where(other > 1, other - 1, other)
    return one[:, :, None, None], other[:, :, None, None]
