"""Does the model answer the same question twice with the same numbers?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, found
from durometer.attack.diagnosis.evidence import Evidence

NAME = "random outputs"
LIMIT = 1e-3
"""Of the spread of a point's outputs. Parallel sums of floating point differ by about 1e-6 of it; dropout,
noise and random resizing by 0.01 and more."""


def check(evidence: Evidence) -> Diagnosis:
    """Ask the untouched inputs again; the largest change, as a share of the spread of a point's outputs."""
    value = evidence.drift
    return found(
        NAME, value, LIMIT,
        well="Asked again, it answers with the same numbers.",
        ill=f"Asked again about the same input, its outputs change by up to {value:.2g} of their spread: "
        "attack the expectation (attack eot) and judge over repeated draws.",
    )  # fmt: skip
