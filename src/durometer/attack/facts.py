"""Facts that every attack keeps: what it spent on each sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from durometer.attack.engine import Prober
from durometer.core import Scalar


def spent(prober: Prober) -> Mapping[str, Sequence[Scalar]]:
    """Return the passes spent on each sample; the shell's own questions are not among them."""
    return {"forwards": prober.forwards.tolist(), "backwards": prober.backwards.tolist()}
