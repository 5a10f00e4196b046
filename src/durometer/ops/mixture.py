"""A Gaussian mixture of colors, fitted by hard assignment as GrabCut does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ROUNDS = 10
"""Of k-means, at most."""


@dataclass(frozen=True)
class Mixture:
    """Weights (K,), means (K, D), inverses (K, D, D) of covariances and logs (K,) of their determinants."""

    weight: Floats
    mean: Floats
    inverse: Floats
    log_volume: Floats

    def components(self, points: Floats) -> Floats:
        """Return (N, K): the log of each component's part of the density at the points (N, D)."""
        off = points[:, None] - self.mean[None]  # (N, K, D)
        far = np.einsum("nkd,kde,nke->nk", off, self.inverse, off, optimize=True)
        constant = np.log(self.weight) - 0.5 * (self.log_volume + points.shape[1] * np.log(2 * np.pi))
        return np.asarray(constant - 0.5 * far)

    def log_density(self, points: Floats) -> Floats:
        """Return (N,) log densities."""
        parts = self.components(points)
        top = parts.max(axis=1)
        return np.asarray(top + np.log(np.exp(parts - top[:, None]).sum(axis=1)))

    def assign(self, points: Floats) -> npt.NDArray[np.intp]:
        """Return (N,): the component that each point most likely comes from."""
        return np.asarray(self.components(points).argmax(axis=1))


def learn(points: Floats, of: npt.NDArray[np.intp], *, floor: float) -> Mixture:
    """Return the mixture whose components are the points assigned to them; empty ones are left out.

    Args:
        points: (N, D).
        of: (N,): the component of each.
        floor: Added to every variance, so that one color is no point.
    """
    weight, mean, inverse, volume = [], [], [], []
    for k in np.unique(of):
        own = points[of == k]
        middle = own.mean(axis=0)
        spread = (own - middle).T @ (own - middle) / len(own) + floor * np.eye(points.shape[1])
        weight.append(len(own) / len(points))
        mean.append(middle)
        inverse.append(np.linalg.inv(spread))
        volume.append(np.linalg.slogdet(spread)[1])
    return Mixture(np.array(weight), np.array(mean), np.array(inverse), np.array(volume))


def clusters(points: Floats, k: int) -> npt.NDArray[np.intp]:
    """Return (N,) labels of k-means; it begins with the point nearest the mean, then always the farthest."""
    centers = [points[np.square(points - points.mean(axis=0)).sum(axis=1).argmin()]]
    away = np.square(points - centers[0]).sum(axis=1)
    while len(centers) < k and away.max() > 0:
        centers.append(points[away.argmax()])
        away = np.minimum(away, np.square(points - centers[-1]).sum(axis=1))
    middle, labels = np.array(centers), np.zeros(len(points), np.intp)
    for _ in range(ROUNDS):
        before, labels = labels, np.square(points[:, None] - middle[None]).sum(axis=2).argmin(axis=1)
        if (before == labels).all():
            break
        middle = np.array(
            [points[labels == j].mean(axis=0) if (labels == j).any() else m for j, m in enumerate(middle)]
        )
    return labels
