"""Which of three does not belong: the odd-one-out test on features."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, UsageError
from durometer.stats import clopper_pearson

Floats = npt.NDArray[np.float64]
Similarity = Literal["cosine", "euclidean"]
CHANCE = 1 / 3
TIE = 1e-9
"""Similarities closer than this are the same: sums of floats in another order must not decide."""


def oddity(
    features: npt.ArrayLike, *, odd: int = 0, level: float = 0.95, by: Similarity = "cosine"
) -> Estimate:
    """Return how often the odd one of three is the one least similar to the two others.

    Blind features score 1/3, ties included: where k of the three are equally odd, each gets 1/k. Features
    that are not finite score 0. Clopper and Pearson's interval.

    The test is that of DiST (Wen et al., 2023); how exactly it compares features was not read, and the cosine
    is recalled.

    Args:
        features: (N, 3, D), three a sample.
        odd: Which of the three should be found.
        level: Coverage of the interval.
        by: How features are compared.

    Raises:
        UsageError: features of another shape.
    """
    scores = odd_one_out(features, by=by)[:, odd]
    return clopper_pearson(float(scores.sum()), float(len(scores)), level)


def odd_one_out(features: npt.ArrayLike, *, by: Similarity = "cosine") -> Floats:
    """Return (N, 3): 1 for the one whose similarities to the other two have the smallest sum, shared in ties.

    That is the one left over by the most similar pair: the sum of all three similarities less the pair's.
    """
    pairs = pair_similarities(features, by=by)
    best = pairs.max(axis=1, keepdims=True)
    chosen = pairs >= best - TIE * np.maximum(1, np.abs(best))  # False for NaN
    return np.asarray(chosen / np.maximum(1, chosen.sum(axis=1, keepdims=True)), np.float64)


def pair_similarities(features: npt.ArrayLike, *, by: Similarity = "cosine") -> Floats:
    """Return (N, 3): the similarity of the pair that leaves out the first, the second, the third.

    Cosine; or minus the Euclidean distance. A zero vector is at right angles to everything.
    """
    f = np.asarray(features, np.float64)
    if f.ndim != 3 or f.shape[1] != 3 or f.shape[2] == 0:
        raise UsageError(
            f"features of shape {f.shape} are not three vectors a sample", fix="Give an array (N, 3, D)"
        )
    if by == "euclidean":
        return np.stack([-np.linalg.norm(f[:, i] - f[:, j], axis=1) for i, j in OTHERS], axis=1)
    length = np.linalg.norm(f, axis=2, keepdims=True)
    unit = np.divide(f, length, out=np.zeros_like(f), where=~(length == 0))
    return np.stack([_dot(unit[:, i], unit[:, j]) for i, j in OTHERS], axis=1)


OTHERS = ((1, 2), (0, 2), (0, 1))


def _dot(a: Floats, b: Floats) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray((a * b).sum(axis=1), np.float64)
