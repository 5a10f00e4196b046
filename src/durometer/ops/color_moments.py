"""Colors as a mean and a covariance: how far two clouds are apart, and the map of one onto the other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

LEAST = 1e-6
"""Added to variances, in the square of the colors' unit, so that a plain color can be divided by."""


@dataclass(frozen=True)
class Moments:
    """Mean (C,) and covariance (C, C) of colors, float64."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, colors: Tensor) -> Moments:
        """Measure colors (N, C)."""
        points = colors.double()
        mean = points.mean(dim=0)
        off = points - mean
        plain = LEAST * torch.eye(points.shape[1], dtype=points.dtype, device=points.device)
        return cls(mean, off.T @ off / len(points) + plain)

    def distance(self, other: Moments) -> float:
        """Return the Wasserstein-2 distance of the two normal laws (Bures), in the colors' unit."""
        root = _root(self.covariance)
        cross = _root(root @ other.covariance @ root)
        spread = self.covariance.trace() + other.covariance.trace() - 2 * cross.trace()
        return float(((self.mean - other.mean).square().sum() + spread).clamp_min(0).sqrt())

    def onto(self, other: Moments) -> tuple[Tensor, Tensor]:
        """Return (A, b): x -> A x + b carries this mean and covariance onto the other's, moving least.

        The linear Monge–Kantorovich map (Pitié and Kokaram, 2007): A is symmetric. Going the share s of the
        way takes the distance down to (1 − s) times what it was.
        """
        root = _root(self.covariance)
        back = torch.linalg.inv(root)
        a = back @ _root(root @ other.covariance @ root) @ back
        return a, other.mean - a @ self.mean


def _root(matrix: Tensor) -> Tensor:
    values, axes = torch.linalg.eigh((matrix + matrix.T) / 2)
    root: Tensor = axes * values.clamp_min(0).sqrt() @ axes.T
    return root
