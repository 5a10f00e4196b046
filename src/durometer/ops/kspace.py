"""Measuring a picture line by line in Fourier space, as Cartesian magnetic resonance imaging does.

The Fourier transform is orthonormal, frequency 0 stands in the middle, and a line is a column: all
frequencies down the picture at one frequency across it. Which lines are measured is drawn once, by a seed.
"""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.core import Dice, UsageError

STREAM, VERSION = "k-space", 1


def lines(width: int, *, acceleration: float = 4.0, center: float = 0.08, seed: int = 0) -> Tensor:
    """Return (width,) bool: the columns that are measured, frequency 0 at `width // 2`.

    `round(width / acceleration)` of them, at least one: the `round(center · width)` in the middle, but no
    more than that, and others drawn without replacement, alike for all pictures.

    Raises:
        UsageError: an acceleration below 1, or a center that is no share.
    """
    if acceleration < 1 or not 0 <= center <= 1:
        raise UsageError(
            f"an acceleration of {acceleration:g} with a center of {center:g} measures nothing sensible",
            where="k-space", fix="Give an acceleration of at least 1 and a center between 0 and 1",
        )  # fmt: skip
    n = max(1, round(width / acceleration))
    middle = min(n, max(1, round(center * width)))
    first = width // 2 - middle // 2
    keys = Dice(seed, STREAM, VERSION, ("lines",)).uniform("lines", (width,))[0].double()
    keys[first : first + middle] = -1.0
    chosen = torch.zeros(width, dtype=torch.bool)
    chosen[keys.sort(stable=True)[1][:n]] = True
    return chosen


def measure(x: Tensor, chosen: Tensor) -> Tensor:
    """Return (…, H, W) complex: the measured frequencies of (…, H, W), 0 where nothing was measured."""
    return to_frequencies(x) * chosen.to(x.device)


def adjoint(k: Tensor, chosen: Tensor) -> Tensor:
    """Return (…, H, W) complex: the picture of measured frequencies with 0 for all others.

    The adjoint of `measure`: ⟨measure(x), k⟩ = ⟨x, adjoint(k)⟩.
    """
    shifted = torch.fft.ifftshift(k * chosen.to(k.device), dim=(-2, -1))
    picture: Tensor = torch.fft.ifft2(shifted, norm="ortho")
    return picture


def zero_filled(x: Tensor, chosen: Tensor) -> Tensor:
    """Return (…, H, W) real: the magnitude of the picture that measuring (…, H, W) leaves; differentiable."""
    seen = adjoint(measure(x, chosen), chosen)
    square: Tensor = seen.real.square() + seen.imag.square()
    return (square + torch.finfo(square.dtype).tiny).sqrt()  # a root at 0 has no slope


def to_frequencies(x: Tensor) -> Tensor:
    """Return (…, H, W) complex: the orthonormal Fourier transform, frequency 0 in the middle."""
    found: Tensor = torch.fft.fftshift(torch.fft.fft2(x, norm="ortho"), dim=(-2, -1))
    return found
