"""Does an attack without gradients find what gradients do not?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import NO_GRADIENT, Evidence

NAME = "black box"
LIMIT = 0.002
"""Surplus of 0.2 points, the limit at which AutoAttack's authors warn; and no chance, as the points are
few."""


def check(evidence: Evidence) -> Diagnosis:
    """Compare Square, at a few hundred queries, with PGD on both losses."""
    if not evidence.directed:
        return unchecked(NAME, NO_GRADIENT)
    if evidence.by_queries is None:
        return unchecked(NAME, "the black box searches pictures in L-infinity only")
    gain = Surplus.of(evidence.by_queries, evidence.by_gradients)
    return found(
        NAME, gain.share, LIMIT, flag=gain.beyond(LIMIT),
        well=f"{evidence.queries} queries without gradients break no more points than gradients.",
        ill=f"{evidence.queries} queries without any gradient break more than gradients do, by "
        f"{percent(gain.share)} of the points.",
    )  # fmt: skip
