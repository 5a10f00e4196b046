"""Has the attack done what it can?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import NO_GRADIENT, STEPS, Evidence

NAME = "plateau"
LIMIT = 0.05
"""Surplus. More steps always find a little more; if five times the passes find much more, the gradients are
poor or the attack was too short, and the accuracy reported is that of the budget."""


def check(evidence: Evidence) -> Diagnosis:
    """Attack with two restarts of two and a half times the steps, half as long."""
    if not evidence.directed:
        return unchecked(NAME, NO_GRADIENT)
    more = evidence.pgd(steps=STEPS * 5 // 2, step=0.0625, restarts=2).broken
    gain = Surplus.of(more, evidence.base.broken)
    return found(
        NAME, gain.share, LIMIT, flag=gain.beyond(LIMIT),
        well="Five times the passes find little more.",
        ill=f"Five times the passes break another {percent(gain.share)} of the points: "
        "the attack was not over.",
    )  # fmt: skip
