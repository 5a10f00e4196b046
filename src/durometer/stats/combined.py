"""The mean of several means that share some of their units, as one value a unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def mean_of_means(parts: Sequence[tuple[Ints, Floats]], units: int) -> Floats:
    """Return (units,) values whose mean is the mean of the parts' means, and whose spread is that mean's.

    A unit counts with how far it stands from the mean of each part that it is in (the linearized form of a
    mean of ratios), so a unit that one part lacks is neither taken for 0 nor given up: the variance of the
    mean of these values is that of the mean of means, also where units are in several parts.

    Args:
        parts: Of each part its units (k,), each once and below `units`, and their values (k,); none empty.
        units: How many there are in all.
    """
    center = float(np.mean([values.mean() for _, values in parts]))
    made = np.full(units, center)
    for at, values in parts:
        made[at] += (values - values.mean()) * (units / (at.size * len(parts)))
    return made
