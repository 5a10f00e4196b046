"""Does the model move where its gradient says that it does not?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, found, percent, unchecked
from durometer.attack.diagnosis.evidence import Evidence

NAME = "flat gradients"
LIMIT = 0.05
"""Share of points; rounding, counting and table look-ups give it at all of them, honest networks at none."""
MOVED = 1e-3
"""Of the spread of a point's outputs: what counts as having moved."""


def check(evidence: Evidence) -> Diagnosis:
    """Count points where the difference of logits has gradient zero although a random step moves the outputs.

    A constant model has no gradient and does not move: it is not flagged here. A saturated loss does not
    matter either: the difference of logits does not saturate.
    """
    if not (evidence.directed and evidence.classes):
        return unchecked(NAME, "there are no logits, or no gradient to follow")
    if not bool(evidence.right.any()):
        return unchecked(NAME, "no point is answered right")
    room = evidence.of("flat")
    room = room.select(evidence.right.nonzero()[:, 0])
    flat = (evidence.margin_gradients.flatten(1) == 0).all(dim=1)
    moved = evidence.prober.ask(room.threat.sample(room.x, room.dice), room).output
    before = evidence.prober.clean[room.at]
    change = (moved - before).abs().flatten(1).amax(dim=1)
    spread = (before.flatten(1).amax(dim=1) - before.flatten(1).amin(dim=1)).clamp_min(1e-30)
    share = float((flat & (change > MOVED * spread)).float().mean())
    return found(
        NAME, share, LIMIT,
        well="Where the model moves, it has a gradient.",
        ill=f"At {percent(share)} of the points the gradient is zero and yet a random step moves the "
        "outputs: something before or inside the model rounds (use Bpda).",
    )  # fmt: skip
