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
RELIEF = ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))


def shine(film: Tensor) -> Tensor:
    """Return (H, W) from 0 to 255: the light on a film of water of these gray levels, (H, W) int64."""
    near = _distance(canny(film, 50, 150))
    soft = _around(near.double(), torch.ones(3, 3)).mul(1 / 9).float().floor().long()
    even = _equalized(soft)
    lit = _around(even.double(), torch.tensor(RELIEF)).clamp(0, 255)
    return _around(lit, torch.ones(3, 3)).div(9).round()


def _distance(edges: Tensor) -> Tensor:
    """Return (H, W) float32: pixels to the next edge, by steps of three kinds, FAR at most."""
    height, width = edges.shape
    away = torch.where(edges, 0.0, float(FAR))
    moves = {(s * a, t * b, d) for a, b, d in STEPS for s in (1, -1) for t in (1, -1)}
    moves |= {(j, i, d) for i, j, d in moves}
    for _ in range(FAR):
        wide = F.pad(away, (2, 2, 2, 2), value=FAR)
        parts = [wide[2 + i : 2 + i + height, 2 + j : 2 + j + width] + d for i, j, d in sorted(moves)]
        nearer = torch.stack([away, *parts]).amin(dim=0)
        if torch.equal(nearer, away):
            break
        away = nearer
    return away


def _around(x: Tensor, weights: Tensor) -> Tensor:
    """Return (H, W) of weighted sums over 3 × 3, mirrored about the middle of the edge pixels."""
    sides = []
    for n in x.shape:
        at = torch.arange(-1, n + 1, device=x.device).abs()
        sides.append(torch.minimum(at, 2 * (n - 1) - at).clamp(min=0))
    wide = x[sides[0]][:, sides[1]]
    height, width = x.shape
    total = torch.zeros_like(x)
    for i, row in enumerate(weights.tolist()):
        for j, weight in enumerate(row):
            total += weight * wide[i : i + height, j : j + width]
    return total


def _equalized(levels: Tensor) -> Tensor:
    """Return gray levels spread so that each part of the scale is as frequent as the next."""
    counts = torch.bincount(levels.flatten(), minlength=256)
    first = levels.min()
    rest = levels.numel() - counts[first]
    above = counts.cumsum(0) - counts[first]
    scale = 255 / rest.clamp(min=1).float()
    table = (above.float() * scale).round().clamp(0, 255).long()
    return torch.where(rest > 0, table[levels], levels)
