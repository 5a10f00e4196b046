"""Corruptions at their severities as arms: five conditions a corruption, each corruption with its weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from durometer.core import Rows, UsageError
from durometer.measures.arms import side_by_side

Floats = npt.NDArray[np.float64]
SEVERITIES = 5


def check_severities(corruptions: Sequence[str], conditions: Sequence[str], *, of: str) -> None:
    """Refuse anything but five conditions a corruption.

    Raises:
        UsageError: if there are more or fewer.
    """
    if len(conditions) != SEVERITIES * len(corruptions):
        raise UsageError(
            f"{of} of {len(corruptions)} corruptions needs {SEVERITIES * len(corruptions)} conditions, "
            f"not {len(conditions)}",
            fix="Give the severities 1 to 5 of each corruption, in the order of the corruptions",
        )


def weighted_arm(scores: Floats, weights: Sequence[float], group: int = SEVERITIES) -> Floats:
    """Return (n,) scores averaged over conditions (n, k · group), each group of them with its weight."""
    shares = np.repeat(np.asarray(weights, np.float64), group)
    return np.asarray(scores @ (shares / shares.sum()))


def clean_and_corrupted(
    rows: Rows, clean: str, conditions: Sequence[str], weights: Sequence[float]
) -> Floats:
    """Return (n, 2) scores of the samples that all conditions could edit: clean, and weighted corrupted."""
    scores = side_by_side(rows, (clean, *conditions))
    return np.stack([scores[:, 0], weighted_arm(scores[:, 1:], weights)], 1)
