"""A picture made plainer or busier, wave by wave, until its complexity is what was asked for.

The waves are those of the picture continued by its mirror image some way beyond the frame, so that no wave
carries what is at the top over to the bottom.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Kind = Literal["gradient", "spectrum"]

SPAN: dict[Kind, tuple[float, float]] = {"gradient": (-15.0, 7.0), "spectrum": (-10.0, 10.0)}
"""Weakest and strongest move, as powers of two: from less than anyone sees to nothing being left."""
HALVINGS = 13
"""The strength is met within a third of a percent."""
MARGIN = 1.125
"""How far the mirror image continues the picture."""
LOUDEST = 1e6
"""No wave is made stronger by more: pixels end at black and white long before."""
COARSE = 4.0
"""`spectrum` leaves waves alone that are much longer than a quarter of the short side."""
FAINT = 1e-5
"""Waves below this amplitude are floating point's own; they have no phase to follow."""


class Waves:
    """One picture (C, H, W) in [0, 1], at least 2 × 2, as its waves.

    `gradient` adds the same amount to the amplitude of every wave, or takes it away until nothing is left,
    and keeps all phases. That is where the gradient of the complexity leads: the gradient of Σ|F| is F / |F|,
    so along it each amplitude moves at the same speed. Of all pictures with the complexity reached it is the
    nearest one (plainer: the proximal point of an L1 norm, soft thresholding).

    `spectrum` multiplies each amplitude by (1 + (f / 4)²)^(strength / 2), f in cycles per short side: coarse
    waves keep their amplitude, fine ones gain or lose by a power of their frequency.
    """

    def __init__(self, x: Tensor, by: Kind) -> None:
        self._inside, size = _continued(x)
        top, bottom, left, right = self._inside
        wide = F.pad(x[None], (left, right, top, bottom), mode="reflect")[0]
        self._size, self._shape, self._by = size, x.shape, by
        self._waves = torch.fft.rfft2(wide, norm="ortho")
        self._amplitude = self._waves.abs().clamp_min(FAINT)
        self._squared = _squared_frequency(size, x)

    def moved(self, strength: float) -> Tensor:
        """Return the picture (C, H, W), busier for a strength above 0, plainer below; clamped to [0, 1]."""
        gain = self._gain(strength)
        gain[..., 0, 0] = 1  # the mean level stays
        wide = torch.fft.irfft2(self._waves * gain, s=self._size, norm="ortho")
        top, _, left, _ = self._inside
        inside: Tensor = wide[..., top : top + self._shape[-2], left : left + self._shape[-1]]
        return inside.clamp(0, 1)

    def _gain(self, strength: float) -> Tensor:
        if self._by == "gradient":
            gain: Tensor = (1 + strength / self._amplitude).clamp_min(0)
        else:
            power = (1 + self._squared / COARSE**2).pow(strength / 2).clamp_max(LOUDEST)
            gain = power.expand(self._waves.shape).clone()
        return gain


def reach(
    x: Tensor,
    measure: Callable[[Tensor], float],
    target: float,
    *,
    by: Kind = "gradient",
    finish: Callable[[Tensor], Tensor] = torch.Tensor.contiguous,
) -> Tensor:
    """Return one picture moved to where `measure` gives the target, as near as its pixels allow.

    The strength is found by halving its exponent: what floating point does to a last bit never reaches it.

    Args:
        x: (C, H, W) in [0, 1].
        measure: The complexity of such a picture.
        target: The complexity wanted.
        by: How waves are moved; see `Waves`.
        finish: What is done to a moved picture before it is measured, such as rounding to gray levels.
    """
    waves, (low, high) = Waves(x, by), SPAN[by]
    sign = 1.0 if target >= measure(finish(x)) else -1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        now = finish(waves.moved(sign * 2.0**middle))
        if sign * (measure(now) - target) > 0:
            high = middle
        else:
            low = middle
    return now


def _continued(x: Tensor) -> tuple[tuple[int, int, int, int], tuple[int, int]]:
    """Return how far to continue (top, bottom, left, right), and the size (H, W) of the whole."""
    height, width = x.shape[-2:]
    tall, broad = _quick(height), _quick(width)
    top, left = (tall - height) // 2, (broad - width) // 2
    return (top, tall - height - top, left, broad - width - left), (tall, broad)


def _quick(side: int) -> int:
    """Return the next even length that is a product of 2, 3 and 5: transforms of those are fast."""
    n = 2 * math.ceil(MARGIN * side / 2)
    while _rest(n) != 1:
        n += 2
    return n


def _rest(n: int) -> int:
    for prime in (2, 3, 5):
        while n % prime == 0:
            n //= prime
    return n


def _squared_frequency(size: tuple[int, int], like: Tensor) -> Tensor:
    """Return (H, W // 2 + 1): each wave's frequency squared, in cycles per short side of the picture."""
    side = min(like.shape[-2:])
    down = torch.fft.fftfreq(size[0], device=like.device, dtype=like.dtype)[:, None] * side
    across = torch.fft.rfftfreq(size[1], device=like.device, dtype=like.dtype) * side
    squared: Tensor = down.square() + across.square()
    return squared
