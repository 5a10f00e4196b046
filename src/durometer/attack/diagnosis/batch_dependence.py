"""Does an answer depend on what is asked beside it?"""

from __future__ import annotations

import torch

from durometer.attack.diagnosis.diagnosis import Diagnosis, found, unchecked
from durometer.attack.diagnosis.evidence import Evidence, apart

NAME = "batch dependence"
LIMIT = 1e-3
"""Of the spread of a point's outputs; kernels chosen by batch give about 1e-6, normalization by batch much
more."""
POINTS = 4


def check(evidence: Evidence) -> Diagnosis:
    """Ask a few points each among copies of itself and compare with what they answered among the others.

    A model left in training mode normalizes by the batch: its answers, and its gradients, mix the points.
    """
    if evidence.drift > LIMIT:
        return unchecked(NAME, "its answers are random anyway")
    n, prober = len(evidence.batch), evidence.prober
    places = torch.arange(min(POINTS, n), device=evidence.batch.x.device)
    value = 0.0
    for i in range(len(places)):
        room = evidence.room.select(places[i : i + 1]).repeated(max(n, 2))
        value = max(value, apart(prober.ask(room.x, room).output[:1], prober.clean[i : i + 1]))
    return found(
        NAME, value, LIMIT,
        well="An answer does not depend on what is asked beside it.",
        ill=f"Among copies of itself a point's outputs change by {value:.2g} of their spread: the model is "
        "in training mode or normalizes by batch.",
    )  # fmt: skip
