"""Places that models may hold when ties can't be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from durometer.stats.graded import graded_mean
from durometer.stats.holm import holm


def rank_ranges(losses: Mapping[str, npt.ArrayLike], *, alpha: float = 0.05) -> Mapping[str, tuple[int, int]]:
    """Return (best, worst) place of each model, 1 = loses least.

    All pairs of models are compared sample by sample and adjusted by Holm; a place is ruled out only by
    models that are told apart, so models that share a range are tied.

    Args:
        losses: Model -> (n,) loss of each sample, the same samples in the same order.
        alpha: Chance of any wrong order.

    Raises:
        ValueError: if the models do not have the same number of samples.
    """
    columns = {name: np.asarray(values, np.float64) for name, values in losses.items()}
    if len({c.shape for c in columns.values()}) > 1:
        raise ValueError("models can only be ranked on the same samples")
    pairs = list(combinations(columns, 2))
    tests = [graded_mean(columns[a] - columns[b]) for a, b in pairs]
    adjusted = holm([p for _, p in tests])
    beats: list[tuple[str, str]] = []
    for (a, b), (estimate, _), p in zip(pairs, tests, adjusted, strict=True):
        if p < alpha and estimate.value != 0:
            beats.append((a, b) if estimate.value < 0 else (b, a))
    return {name: _range(name, beats, len(columns)) for name in columns}


def _range(name: str, beats: Sequence[tuple[str, str]], n: int) -> tuple[int, int]:
    return 1 + sum(loser == name for _, loser in beats), n - sum(winner == name for winner, _ in beats)
