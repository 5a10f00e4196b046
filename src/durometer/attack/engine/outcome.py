"""What an attack hands back: an input a sample, and what to keep beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from durometer.core import Scalar


@dataclass(frozen=True)
class Outcome:
    """What was found for each sample of a batch.

    Attributes:
        x: (B, ...) inputs.
        facts: Name -> one plain value a sample: passes spent, which stage broke it, the distance, …
        point: (B, P) what made these inputs, in a threat with coordinates; None in others.
    """

    x: Tensor
    facts: Mapping[str, Sequence[Scalar]] = field(default_factory=dict)
    point: Tensor | None = None
