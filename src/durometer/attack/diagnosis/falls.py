"""Does accuracy fall as epsilon grows?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import NO_GRADIENT, Evidence

NAME = "falls with epsilon"
LIMIT = 0.0


def check(evidence: Evidence) -> Diagnosis:
    """Attack within half of epsilon and within twice of it: a larger set must not be harder to search."""
    if not evidence.directed:
        return unchecked(NAME, NO_GRADIENT)
    epsilon = evidence.ball.epsilon
    half, twice = (evidence.pgd(epsilon=f * epsilon).broken for f in (0.5, 2.0))
    gains = [Surplus.of(half, evidence.base.broken), Surplus.of(evidence.base.broken, twice)]
    worst = max(gains, key=lambda gain: gain.share)
    return found(
        NAME, worst.share, LIMIT, flag=worst.beyond(LIMIT),
        well="Accuracy does not rise with epsilon.",
        ill=f"In a set twice as large the same attack breaks {percent(worst.share)} fewer of the points.",
    )  # fmt: skip
