"""Does the choice of the loss decide the result?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import Evidence

NAME = "loss gap"
LIMIT = 0.15
"""Surplus. The difference of logits breaks some points of honest networks that the cross-entropy does not."""


def check(evidence: Evidence) -> Diagnosis:
    """Compare PGD on the difference of logits with PGD on the cross-entropy."""
    if not (evidence.directed and evidence.classes):
        return unchecked(NAME, "there are no logits, or no gradient to follow")
    gain = Surplus.of(evidence.by_margin, evidence.base.broken)
    return found(
        NAME, gain.share, LIMIT, flag=gain.beyond(LIMIT),
        well="The difference of logits finds about what the cross-entropy finds.",
        ill="PGD breaks more on the difference of logits than on the cross-entropy, by "
        f"{percent(gain.share)} of the points: the cross-entropy is too weak a loss here.",
    )  # fmt: skip
