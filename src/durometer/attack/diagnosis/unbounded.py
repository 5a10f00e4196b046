"""Does every point break when everything is allowed?"""

from __future__ import annotations

import torch

from durometer.attack.diagnosis.diagnosis import Diagnosis, found, percent, unchecked
from durometer.attack.diagnosis.evidence import NO_GRADIENT, Evidence

NAME = "unbounded"
LIMIT = 0.05
"""Share of points that may stay right: a few stops of PGD at a kink, not a weakness of the gradient."""


def check(evidence: Evidence) -> Diagnosis:
    """Run PGD from the inputs in a set of the same shape that holds the whole range.

    It begins at the inputs: a random picture would be mistaken for something else without any search.
    """
    if not evidence.directed:
        return unchecked(NAME, NO_GRADIENT)
    x, oracle = evidence.batch.x, evidence.oracle
    ends = torch.full_like(x[:1], oracle.low), torch.full_like(x[:1], oracle.high)
    whole = float(evidence.ball.size(*ends)[0])
    broken = evidence.pgd(steps=40, step=0.05, random_start=False, epsilon=whole).broken | ~evidence.right
    share = float((~broken).float().mean())
    return found(
        NAME, share, LIMIT,
        well="Without a bound on the change, gradients break every point but a few at most.",
        ill=f"Although any picture is allowed, gradients leave {percent(share)} of the points unbroken: "
        "they don't lead where the model is wrong.",
    )  # fmt: skip
