"""Quantiles and tails of the normal law, from the standard library."""

from __future__ import annotations

from statistics import NormalDist

STANDARD = NormalDist()


def quantile(probability: float) -> float:
    """Return the z below which a standard normal falls with this probability, in (0, 1)."""
    return STANDARD.inv_cdf(probability)


def two_sided(level: float) -> float:
    """Return the z whose interval −z … z has this probability: 1.96 for 0.95.

    Raises:
        ValueError: if `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level of {level} is not between 0 and 1")
    return quantile(0.5 + level / 2)
