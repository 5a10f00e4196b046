"""Is there a gradient at all?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, found, percent, unchecked
from durometer.attack.diagnosis.evidence import NO_GRADIENT, Evidence

NAME = "zero gradients"
LIMIT = 0.05
"""Share of points. A smooth network that is sure of a point still has a tiny gradient there; float32 loses
it when the logits are about 100 apart, which few trained networks reach on few points."""


def check(evidence: Evidence) -> Diagnosis:
    """Count points, of those answered right, where the gradient of the loss is exactly zero or not finite."""
    if not evidence.directed:
        return unchecked(NAME, NO_GRADIENT)
    if not bool(evidence.right.any()):
        return unchecked(NAME, "no point is answered right")
    share = float((evidence.gradients.flatten(1) == 0).all(dim=1).float().mean())
    return found(
        NAME, share, LIMIT,
        well=f"The gradient of the loss is zero at {percent(share)} of the points.",
        ill=f"The gradient of the loss is exactly zero at {percent(share)} of the points: steps along it "
        "lead nowhere.",
    )  # fmt: skip
