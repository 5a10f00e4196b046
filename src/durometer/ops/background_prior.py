"""Saliency of patches: the background is what is tied to the picture's frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
COLOR = 10.0
"""Color distance (CIELAB) within which patches count as of one region."""
PLACE = 0.25
"""Reach of contrast, as a share of the diagonal."""
TIE = 1.0
"""Boundary connectivity above which a patch is background."""
PLAIN = 1.0
"""A picture whose colors differ by less (CIELAB) has nothing that stands out."""
SMOOTH = 0.1
"""The least weight between neighbors."""


class Patches(NamedTuple):
    """A picture as patches.

    Attributes:
        color: (n, 3) mean CIELAB.
        center: (n, 2) as shares of the height and the width.
        aspect: (2,) height and width as shares of the diagonal.
        touch: (n, n): which are neighbors.
        frame: (n,): which touch the picture's frame.
    """

    color: Floats
    center: Floats
    aspect: Floats
    touch: npt.NDArray[np.bool_]
    frame: npt.NDArray[np.bool_]


def patches_of(lab: Floats, labels: npt.NDArray[np.int64]) -> tuple[Patches, npt.NDArray[np.int64]]:
    """Return the patches of (3, H, W) CIELAB and of labels (H, W), and the labels renumbered without gaps."""
    height, width = labels.shape
    _, dense = np.unique(labels, return_inverse=True)
    dense = dense.reshape(height, width)
    n, counts = int(dense.max()) + 1, np.bincount(dense.ravel())

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(dense.ravel(), values.ravel(), n) / counts)

    y, x = np.mgrid[:height, :width] + 0.5
    edge = np.unique(np.concatenate((dense[0], dense[-1], dense[:, 0], dense[:, -1])))
    frame = np.zeros(n, bool)
    frame[edge] = True
    color = np.stack([mean(channel) for channel in lab], axis=1)
    center = np.stack((mean(y / height), mean(x / width)), axis=1)
    aspect = np.array((height, width)) / np.hypot(height, width)
    return Patches(color, center, aspect, _touching(dense, n), frame), dense


def saliency(patches: Patches, *, center: float = np.inf) -> Floats:
    """Return (n,) in [0, 1]: how much each patch stands out from what is tied to the frame.

    Boundary connectivity, contrast weighted by it, and the least-squares compromise between both and between
    neighbors (Zhu et al., 2014). All 0 where the picture has no contrast.

    Args:
        patches: See `patches_of`.
        center: Contrast is also weighted by a Gaussian around the middle whose sigma is this share of each
            side (not in the paper); infinite: not.
    """
    apart = _geodesic(patches)
    if apart.max() < PLAIN:
        return np.zeros(len(apart))
    alike = np.exp(-np.square(apart) / (2 * COLOR**2))
    tied = (alike @ patches.frame) / np.sqrt(alike.sum(axis=1))
    background = 1 - np.exp(-np.square(tied) / (2 * TIE**2))
    away = np.linalg.norm((patches.center[:, None] - patches.center[None]) * patches.aspect, axis=2)
    contrast = (apart * np.exp(-np.square(away) / (2 * PLACE**2))) @ background
    middle = np.exp(-np.square(patches.center - 0.5).sum(axis=1) / (2 * center**2))
    return _unit(_compromise(patches.touch, alike, background, _unit(contrast * middle)))


def _geodesic(patches: Patches) -> Floats:
    """Return (n, n): the least sum of color steps between patches; those on the frame touch each other."""
    from scipy.sparse.csgraph import shortest_path

    step = np.linalg.norm(patches.color[:, None] - patches.color[None], axis=2)
    joined = patches.touch | (patches.frame[:, None] & patches.frame[None])
    steps = np.where(joined, np.maximum(step, 1e-6), 0)  # what scipy takes for 0 is no edge
    return np.asarray(shortest_path(steps, method="D", directed=False))


def _compromise(touch: npt.NDArray[np.bool_], alike: Floats, background: Floats, contrast: Floats) -> Floats:
    weight = np.where(touch, alike + SMOOTH, 0)
    laplace = np.diag(weight.sum(axis=1)) - weight
    left = laplace + np.diag(background + contrast + 1e-6)
    return np.asarray(np.linalg.solve(left, contrast))


def _touching(labels: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.bool_]:
    touch = np.zeros((n, n), bool)
    for a, b in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        touch[a, b] = True
    touch |= touch.T
    np.fill_diagonal(touch, False)
    return touch


def _unit(values: Floats) -> Floats:
    low, high = values.min(), values.max()
    return np.zeros_like(values) if high - low < 1e-6 else (values - low) / (high - low)
