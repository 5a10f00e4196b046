"""Do random points find what gradients do not?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import NO_GRADIENT, STEPS, Evidence

NAME = "random search"
LIMIT = 0.0


def check(evidence: Evidence) -> Diagnosis:
    """Compare random points of the set with PGD, at the same passes."""
    if not evidence.directed:
        return unchecked(NAME, NO_GRADIENT)
    gain = Surplus.of(evidence.by_chance, evidence.base.broken)
    return found(
        NAME, gain.share, LIMIT, flag=gain.beyond(LIMIT),
        well=f"{2 * STEPS + 1} random points break no more than gradients.",
        ill=f"{2 * STEPS + 1} random points break more than as many passes of PGD do, by "
        f"{percent(gain.share)} of the samples.",
    )  # fmt: skip
