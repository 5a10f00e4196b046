"""How a film of water shines, in the whole numbers of the published code (OpenCV's)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.stress.corruptions.canny import canny

FAR = 20
"""Pixels from an edge beyond which water looks the same."""
STEPS = ((1, 0, 1.0), (1, 1, 1.4), (2, 1, 2.1969))
"""Pixels right and down, and the length that OpenCV gives the step."""
EVEN = ((1, 1, 1),) * 3
RELIEF = ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))


def shine(film: Tensor) -> Tensor:
    """Return (…, H, W) from 0 to 255: the light on films of water of these gray levels, (…, H, W) int64."""
    levels = film.reshape(-1, *film.shape[-2:])
    near = _distance(canny(levels, 50, 150))
    soft = _around(near.double(), EVEN).mul(1 / 9).float().floor().long()
    lit = _around(_equalized(soft).double(), RELIEF).clamp(0, 255)
    return _around(lit, EVEN).div(9).round().reshape(film.shape)


def _distance(edges: Tensor) -> Tensor:
    """Return (B, H, W) float32: pixels to the next edge, by steps of three kinds, FAR at most."""
    away = torch.where(edges, 0.0, float(FAR))
    for _ in range(FAR):
        nearer = _nearer(away)
        if away.device.type == "cpu" and torch.equal(nearer, away):  # elsewhere asking would cost more
            break
        away = nearer
    return away


def _nearer(away: Tensor) -> Tensor:
    """Return (B, H, W): how far it is from each pixel, or from one a step away and by that step."""
    height, width = away.shape[1:]
    wide = F.pad(away, (2, 2, 2, 2), value=FAR)
    for a, b, length in STEPS:
        moves = {(s * i, t * j) for i, j in ((a, b), (b, a)) for s in (1, -1) for t in (1, -1)}
        parts = [wide[:, 2 + i : 2 + i + height, 2 + j : 2 + j + width] for i, j in sorted(moves)]
        least = torch.minimum(parts[0], parts[1])
        for part in parts[2:]:
            torch.minimum(least, part, out=least)
        away = torch.minimum(away, least.add_(length))
    return away


def _around(x: Tensor, weights: tuple[tuple[int, ...], ...]) -> Tensor:
    """Return (B, H, W) of weighted sums over 3 × 3, mirrored about the middle of the edge pixels."""
    sides = []
    for n in x.shape[1:]:
        at = torch.arange(-1, n + 1, device=x.device).abs()
        sides.append(torch.minimum(at, 2 * (n - 1) - at).clamp(min=0))
    wide = x[:, sides[0]][:, :, sides[1]]
    height, width = x.shape[1:]
    total = torch.zeros_like(x)
    for i, row in enumerate(weights):
        for j, weight in enumerate(row):
            if weight:  # sums of whole numbers, exact in any order
                total.add_(wide[:, i : i + height, j : j + width], alpha=weight)
    return total


def _equalized(levels: Tensor) -> Tensor:
    """Return gray levels spread so that each part of the scale is as frequent as the next."""
    flat = levels.flatten(1)
    counts = flat.new_zeros(len(flat), 256).scatter_add_(1, flat, torch.ones_like(flat))
    lowest = counts.gather(1, flat.amin(dim=1, keepdim=True))
    rest = flat.shape[1] - lowest
    scale = 255 / rest.clamp(min=1).float()
    table = ((counts.cumsum(1) - lowest).float() * scale).round().clamp(0, 255).long()
    return torch.where(rest > 0, table.gather(1, flat), flat).reshape(levels.shape)
