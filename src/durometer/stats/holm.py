"""Many comparisons at once (Holm, 1979)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def holm(p: npt.ArrayLike, family: int | None = None) -> Floats:
    """Return adjusted p: rejecting those below α errs anywhere with a chance of at most α.

    Args:
        p: (k,) raw p-values.
        family: How many comparisons were made in all, when only the k smallest are given; k if None.

    Source: (Holm, 1979).

    Raises:
        ValueError: if a p is not in [0, 1], or the family is smaller than what was given.
    """
    raw = np.asarray(p, np.float64)
    size = raw.size if family is None else family
    if size < raw.size:
        raise ValueError(f"a family of {size} can't hold {raw.size} comparisons")
    if not ((raw >= 0) & (raw <= 1)).all():  # NaN is in no range
        raise ValueError("p-values must lie in 0 to 1")
    order = np.argsort(raw, kind="stable")
    steps = raw[order] * (size - np.arange(raw.size))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if raw.size else steps
    return adjusted
