"""Does one step do better than many?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import NO_GRADIENT, STEPS, Evidence

NAME = "one step"
LIMIT = 0.0


def check(evidence: Evidence) -> Diagnosis:
    """Compare one full step along the gradient with PGD: many must find what one finds."""
    if not evidence.directed:
        return unchecked(NAME, NO_GRADIENT)
    once = evidence.pgd(steps=1, step=1.0, random_start=False).broken
    gain = Surplus.of(once, evidence.base.broken)
    return found(
        NAME, gain.share, LIMIT, flag=gain.beyond(LIMIT),
        well=f"One step breaks no more than {STEPS}.",
        ill=f"One step breaks more than {STEPS} steps do, by {percent(gain.share)} of the points.",
    )  # fmt: skip
