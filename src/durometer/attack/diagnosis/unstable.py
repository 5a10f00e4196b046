"""Do answers hold when the question is repeated, or repeated with a breath of noise?"""

from __future__ import annotations

from durometer.attack.diagnosis.diagnosis import Diagnosis, found, percent, unchecked
from durometer.attack.diagnosis.evidence import Evidence

NAME = "unstable answers"
BREATH = 1e-4
"""Of the input range: far below what a camera resolves."""
LIMIT = 0.02
"""Share of points. A point that flips at this distance lies on a boundary; honest networks have few such
points."""


def check(evidence: Evidence) -> Diagnosis:
    """Count points, of those right untouched, that are wrong after noise that nobody could see."""
    room = evidence.of("unstable")
    room = room.select(evidence.right.nonzero()[:, 0])
    if not len(room):
        return unchecked(NAME, "no point is answered right")
    reach = BREATH * (evidence.oracle.high - evidence.oracle.low)
    noise = reach * (2 * room.dice.uniform("breath", tuple(room.x.shape[1:])).to(room.x) - 1)
    broken = evidence.prober.ask(
        (room.x + noise).clamp(evidence.oracle.low, evidence.oracle.high), room
    ).broken
    share = float(broken.float().mean())
    return found(
        NAME, share, LIMIT,
        well="Invisible noise does not change its answers.",
        ill=f"At {percent(share)} of the points invisible noise, or merely asking again, changes the answer.",
    )  # fmt: skip
