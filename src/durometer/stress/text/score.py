"""The published score of candidate words: three parts, each scaled over the candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Related = Callable[[str, str], float]
"""How near two words are, 0 to 1; exactly 0 says that one is not true where the other is."""
EQUAL = 1e-5
"""Scores that differ by no more are equal: the last bits of a float32 cosine must not choose a word."""


def weighted(*parts: tuple[float, Sequence[float] | None]) -> Floats:
    """Return Σ weight · min-max(values) / Σ |weight| over (weight, values of the candidates).

    A part without values counts for nothing, but its weight stays in the divisor.

    Source: (Ramshetty et al., 2023).
    """
    scaled = [weight * min_max(values) for weight, values in parts if values is not None]
    total: Floats = np.sum(scaled, axis=0) / sum(abs(weight) for weight, _ in parts)
    return total


def nearness(word: str, known: Sequence[str], related: Related) -> float:
    """Return how near a word is to the nearest of some words; 0 if there are none."""
    return max((float(related(word, other)) for other in known), default=0.0)


def min_max(values: Sequence[float]) -> Floats:
    """Return values scaled to [0, 1] over themselves; 0 where all are alike or one is not finite.

    The published code scales values that are all alike to 1 instead, which adds the same to every candidate.
    """
    x = np.asarray(values, np.float64)
    low, high = x.min(), x.max()
    if not np.isfinite(x).all() or high - low <= EQUAL:
        return np.zeros_like(x)
    scaled: Floats = (x - low) / (high - low)
    return scaled
