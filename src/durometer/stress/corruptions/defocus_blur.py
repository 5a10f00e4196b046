"""The picture out of focus: each point a disk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from durometer.stress.corruptions.cached import cached
from durometer.stress.corruptions.corruption import Corruption, Drawn

SMALL = 2**18
"""Pixels of disk times picture up to which they are added one by one; beyond, transforms are faster."""


@dataclass(frozen=True)
class DefocusBlur(Corruption):
    """Spread each point over a disk with a softened rim; the constants are its radius and the rim's sigma.

    The picture is continued by its mirror image, the edge pixel not repeated. As published, the rim is
    softened by 3 × 3 pixels up to a radius of 8 and by 5 × 5 beyond, and where it meets the edge of the grid
    that the disk stands on (17 × 17, or just the disk), the mirror there makes the picture up to 1.3 %
    brighter: `imagenet-c`, 4 and 5; `imagenet-c-299`, 3 to 5. Below a radius of 1 (`cifar-c`, 1 to 3;
    `tiny-c`, 1) the disk is a single pixel and only its rim is seen.
    """

    name: ClassVar[str] = "defocus-blur"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) out of focus; nothing is drawn."""
        return out_of_focus(x, disk(*self.constants))


def out_of_focus(x: Tensor, kernel: Tensor) -> Tensor:
    """Return (B, C, H, W) with each point spread over a disk (n, n), n odd."""
    if kernel.numel() * x[0, 0].numel() <= SMALL:
        return cached(lambda planes: _added(planes, kernel), x.flatten(0, 1)).reshape(x.shape)
    # a sample at a time: transforms of several may round otherwise
    return torch.stack([_transformed(p, kernel.to(x)) for p in x])


def _added(planes: Tensor, kernel: Tensor) -> Tensor:
    """Return (n, H, W): pixels at which the disk is alike are added before they are weighted."""
    reach, (height, width) = kernel.shape[0] // 2, planes.shape[1:]
    wide = _widened(planes, reach)
    out = torch.zeros_like(planes)
    for weight in torch.unique(kernel).tolist():
        places = (kernel == weight).nonzero().tolist() if weight else []
        alike = [wide[:, i : i + height, j : j + width] for i, j in places]
        if alike:
            out.add_(sum(alike[1:], alike[0]).mul(weight))
    return out


def _transformed(x: Tensor, kernel: Tensor) -> Tensor:
    """Return (C, H, W) by Fourier transform."""
    reach, (height, width) = kernel.shape[0] // 2, x.shape[-2:]
    wide = _widened(x, reach)
    # a multiple of 16 transforms quickly; what wraps around falls into the margin
    size = [-(-n // 16) * 16 for n in wide.shape[-2:]]
    product = torch.fft.rfft2(wide, s=size) * torch.fft.rfft2(kernel, s=size)
    spread: Tensor = torch.fft.irfft2(product, s=size)
    return spread[..., 2 * reach : 2 * reach + height, 2 * reach : 2 * reach + width]


def _widened(x: Tensor, reach: int) -> Tensor:
    """Return (…, H + 2 reach, W + 2 reach), mirrored about the middle of the edge pixels."""
    height, width = x.shape[-2:]
    return x.index_select(-2, _mirrored(height, reach, x)).index_select(-1, _mirrored(width, reach, x))


@lru_cache(maxsize=32)
def disk(radius: float, rim: float) -> Tensor:
    """Return the (n, n) float32 disk as published, trimmed to what is not zero; n is odd."""
    half = 8 if radius <= 8 else int(radius)
    away = torch.arange(-half, half + 1, dtype=torch.float64)
    inside = (away[:, None] ** 2 + away**2 <= radius**2).double()
    steps = torch.arange(-1, 2) if radius <= 8 else torch.arange(-2, 3)
    weights = torch.exp(-0.5 * (steps.double() / rim) ** 2)
    weights = weights / weights.sum()
    at = _mirrored(2 * half + 1, len(steps) // 2, inside)
    rows = torch.einsum("rck,k->rc", inside[:, at].unfold(1, len(steps), 1), weights)
    soft = torch.einsum("rck,k->rc", rows[at].unfold(0, len(steps), 1), weights) / inside.sum()
    keep = min(half, int(radius) + len(steps) // 2)
    return soft[half - keep : half + keep + 1, half - keep : half + keep + 1].float()


def _mirrored(n: int, reach: int, like: Tensor) -> Tensor:
    """Return the indices −reach … n − 1 + reach mirrored about the middle of the edge pixels: −1 → 1."""
    period = max(1, 2 * (n - 1))
    at = torch.arange(-reach, n + reach, device=like.device) % period
    return torch.minimum(at, period - at) if n > 1 else torch.zeros_like(at)
