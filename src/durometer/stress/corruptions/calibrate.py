"""The profile `calibrated`: a severity is an RMS change in gray levels, met on each picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from durometer.core import Batch
from durometer.core.sceptic import on_grid
from durometer.stress.shifts.whole import whole

if TYPE_CHECKING:
    from durometer.stress.corruptions.corruption import Corruption

TARGETS = (4.0, 8.0, 12.0, 16.0, 20.0)
"""RMS change of the five severities, in gray levels over all values of the picture."""
NEAR = 0.5
"""Gray levels from the target within which it is met: light moves all values by whole levels at once."""
HALVINGS = 14
"""Of the part of the dial between two stops."""

STOPS: Mapping[str, tuple[Any, ...]] = {
    "gaussian-noise": (0.0, 0.05, 0.1, 0.2, 0.5, 1.0),
    "impulse-noise": (0.0, 0.02, 0.05, 0.1, 0.3, 1.0),
    "speckle-noise": (0.0, 0.1, 0.2, 0.4, 1.0, 2.0),
    "brightness": (0.0, 0.05, 0.1, 0.2, 0.5, 1.0),
    "low-contrast": (1.0, 0.8, 0.6, 0.3, 0.0),
    "saturate": ((1, 0), (2, 0), (5, 0), (20, 0), (100, 0)),
    "gaussian-blur": (0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
    "fog": ((0.02, 2), (0.2, 2), (0.5, 2), (1.5, 2), (3, 1.4)),
    "frost": ((1, 0), (0.95, 0.1), (0.9, 0.2), (0.8, 0.4), (0.7, 0.7), (0.6, 0.75)),
    "shot-noise": (500, 120, 30, 8, 2),
    "defocus-blur": tuple((radius, 0.5) for radius in (1, 1.5, 2, 3, 4, 6, 8, 12, 20)),
    "zoom-blur": (
        *((1, end, 0.01) for end in (1.02, 1.04, 1.06, 1.11, 1.16)), (1, 1.21, 0.02), (1, 1.31, 0.03),
        (1, 1.5, 0.04),
    ),
    "motion-blur": ((10, 1), (10, 2), (10, 3), (15, 5), (15, 8), (15, 12), (20, 15), (30, 25)),
    "glass-blur": ((0.4, 1, 2), (0.7, 1, 2), (0.9, 2, 2), (1, 3, 2), (1.5, 4, 2), (2, 6, 2), (3, 9, 2)),
    "snow": (
        (0.1, 0.3, 3, 0.9, 10, 4, 0.97), (0.1, 0.3, 3, 0.7, 10, 4, 0.92), (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
        (0.2, 0.3, 2, 0.5, 12, 4, 0.7), (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
    ),
    "spatter": (
        (0.65, 0.3, 4, 0.69, 0.6, 0), (0.65, 0.3, 3, 0.68, 0.6, 0), (0.65, 0.3, 2, 0.68, 0.5, 0),
        (0.65, 0.3, 1, 0.65, 1.5, 1), (0.67, 0.4, 1, 0.65, 1.5, 1),
    ),
    "pixelate": (0.9, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0.02),
    "jpeg-compression": (90, 75, 60, 45, 30, 25, 18, 15, 10, 7, 5, 3, 2, 1),
    "jpeg-dct": (90, 75, 60, 45, 30, 25, 18, 15, 10, 7, 5, 3, 2, 1),
}  # fmt: skip
"""The dial of each corruption, mild to severe: constants in the order of the published ones."""
MIXED = frozenset({
    "shot-noise", "defocus-blur", "zoom-blur", "motion-blur", "glass-blur", "snow", "spatter", "pixelate",
    "jpeg-compression", "jpeg-dct",
})  # fmt: skip
"""What has whole numbers among its constants: between two stops of the dial, their pictures are mixed."""


def calibrated(corruption: Corruption, batch: Batch, drawn: Mapping[str, Tensor]) -> Batch:
    """Return the batch with each sample changed by the target, and what was achieved as the fact `rms`.

    A sample for which the dial ends before the target is refused, and counted.
    """
    rows = [{k: v[i : i + 1] for k, v in drawn.items()} for i in range(len(batch))]
    made = [solved(corruption, x[None], row) for x, row in zip(batch.x, rows, strict=True)]
    achieved = [rms(x, y[0]) for x, y in zip(batch.x, made, strict=True)]
    target = TARGETS[corruption.severity - 1]
    missed = {
        i: f"an RMS change of {target:g} gray levels can't be met on this picture: the nearest is {got:.1f}"
        for i, got in enumerate(achieved)
        if not abs(got - target) <= NEAR
    }
    facts = {"rms": [None if i in missed else round(got, 3) for i, got in enumerate(achieved)]}
    changed = torch.cat(made) if made else batch.x
    result = whole(batch, lambda _: changed, moves=False, facts=facts)
    return result.but(refused={**missed, **batch.refused})


def solved(corruption: Corruption, x: Tensor, drawn: Mapping[str, Tensor]) -> Tensor:
    """Return (1, C, H, W) changed by the target, or the end of the dial where that is less."""
    target = TARGETS[corruption.severity - 1]

    def at(constants: Any) -> Tensor:
        return corruption.made_with(constants).applied(x, drawn).clamp(0, 1)

    def between(a: Any, b: Any, share: float) -> Tensor:
        return at(_blended(a, b, share))

    mild, before = None, x
    for stop in STOPS[corruption.name]:
        after = at(stop)
        if rms(x, after) >= target:
            if mild is None or corruption.name in MIXED:
                return _halved(partial(torch.lerp, before, after), x, target)
            return _halved(partial(between, mild, stop), x, target)
        mild, before = stop, after
    return before


def _halved(change: Callable[[float], Tensor], x: Tensor, target: float) -> Tensor:
    """Return the change at the share where it reaches the target: less at 0, not less at 1."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if rms(x, change(middle)) >= target else (middle, high)
    return change(high)


def _blended(a: Any, b: Any, share: float) -> Any:
    """Return constants between two stops of the dial."""
    if isinstance(a, tuple):
        return tuple(_blended(i, j, share) for i, j in zip(a, b, strict=True))
    return a + (b - a) * share


def rms(x: Tensor, y: Tensor) -> float:
    """Return the RMS change between two pictures on the 8-bit grid, in gray levels."""
    levels = (on_grid(y) - on_grid(x)).mul(255).round().to(torch.int64)
    return float(levels.square().sum().double().div(max(1, levels.numel())).sqrt())
