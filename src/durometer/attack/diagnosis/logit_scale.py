"""Does the scale of the logits decide how robust the model seems?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import Evidence

NAME = "logit scale"
LIMIT = 0.05
"""Surplus. Multiplying logits changes no decision, so the same steps should break about the same points."""


def check(evidence: Evidence) -> Diagnosis:
    """Attack once more with the logits of each point divided by their spread, and compare."""
    if not (evidence.directed and evidence.classes):
        return unchecked(NAME, "there are no logits, or no gradient to follow")
    gain = Surplus.of(evidence.by_rescaled, evidence.base.broken)
    return found(
        NAME, gain.share, LIMIT, flag=gain.beyond(LIMIT),
        well="Rescaling the logits does not help the attack.",
        ill=f"With rescaled logits the same attack breaks another {percent(gain.share)} of the points: the "
        "loss is saturated.",
    )  # fmt: skip
