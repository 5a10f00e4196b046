"""Are the outputs logits, or were they pressed into probabilities first?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, found, percent, unchecked
from durometer.attack.diagnosis.evidence import Evidence
from durometer.tasks.goal import ClassGoal

NAME = "probabilities"
ROUNDING = 1e-3
"""How far from 1 outputs that are probabilities may sum."""
LIMIT = 0.05
"""Share of points at which probabilities may be rounded to 1, as for zero gradients."""


def check(evidence: Evidence) -> Diagnosis:
    """Count points whose outputs are at least 0 and sum to 1 although they count as logits.

    A softmax inside the model rounds the differences away that an attack needs. Where outputs are declared
    probabilities their logarithms are attacked, and what counts is how many are rounded to exactly 1. Logits
    sum to 1 by chance only: with ten classes of unit scale about once in a thousand points, and not with all
    of them positive; so more than half of the points must do it.
    """
    goal, output = evidence.prober.goal, evidence.prober.clean
    if not isinstance(goal, ClassGoal):
        return unchecked(NAME, "there are no classes")
    competing = output if goal.columns is None else output[:, goal.columns]
    if goal.probabilities:
        rounded = float((competing.amax(dim=1) == 1).float().mean())
        return found(
            NAME, rounded, LIMIT,
            well="It answers with probabilities; none is rounded to 1.",
            ill=f"It answers with probabilities, and for {percent(rounded)} of the points one is rounded "
            "to exactly 1, where no gradient is left.",
        )  # fmt: skip
    share = float(
        ((competing >= 0).all(dim=1) & ((competing.sum(dim=1) - 1).abs() < ROUNDING)).float().mean()
    )
    return found(
        NAME, share, 0.5,
        well="Its outputs are no probabilities.",
        ill=f"For {percent(share)} of the points its outputs sum to 1 like probabilities, but they are "
        "attacked as logits: declare output = probabilities, or take the softmax off.",
    )  # fmt: skip
