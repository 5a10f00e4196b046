"""Is the gradient that of the function?"""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.attack.diagnosis.diagnosis import Diagnosis, found, percent, unchecked
from durometer.attack.diagnosis.evidence import Evidence
from durometer.attack.engine.room import per_point
from durometer.attack.losses.margin import margin

NAME = "wrong gradients"
STEP = 1e-3
"""Of the input range, along signs; in float32 large enough for a difference, for most kinks small enough."""
LIMIT = 0.25
"""Share of points. A kink within the step spoils the comparison at some points of an honest network."""
APART = 0.5
"""Two slopes differ when they do by more than this share of the larger one."""
NOISE = 1e-5
"""Of the largest output: what differences of outputs in float32 can't resolve."""


def check(evidence: Evidence) -> Diagnosis:
    """Compare the slope of the difference of logits along its gradient's signs with central differences.

    Where the gradient is zero, random signs are taken. Points where both slopes are lost in rounding agree.
    """
    if not (evidence.directed and evidence.classes):
        return unchecked(NAME, "there are no logits, or no gradient to follow")
    if not bool(evidence.right.any()):
        return unchecked(NAME, "no point is answered right")
    told, measured, noise = _slopes(evidence)
    apart = (told - measured).abs() > APART * torch.maximum(told.abs(), measured.abs()) + noise
    share = float(apart.float().mean())
    return found(
        NAME, share, LIMIT,
        well=f"Differences agree with the gradient at {percent(1 - share)} of the points.",
        ill=f"At {percent(share)} of the points small differences don't agree with the gradient: it is not "
        "the gradient of what the model computes.",
    )  # fmt: skip


def _slopes(evidence: Evidence) -> tuple[Tensor, Tensor, Tensor]:
    """Return (n,) slopes along one direction a point: as told, as measured, and what rounding hides."""
    gradient, room = evidence.margin_gradients, evidence.of("directions")
    room = room.select(evidence.right.nonzero()[:, 0])
    random = (room.dice.uniform("signs", tuple(room.x.shape[1:])).to(room.x) < 0.5) * 2.0 - 1
    some = (gradient != 0).flatten(1).any(dim=1)
    direction = torch.where(per_point(some, gradient), gradient.sign(), random)
    h = STEP * (evidence.oracle.high - evidence.oracle.low)
    ahead, behind = (
        margin(evidence.prober.ask(room.x + s * h * direction, room).output, room.goal) for s in (1, -1)
    )
    told = (gradient * direction).flatten(1).sum(dim=1)
    largest = evidence.prober.clean[room.at].abs().flatten(1).amax(dim=1)
    return told, (ahead - behind) / (2 * h), NOISE * largest / h
