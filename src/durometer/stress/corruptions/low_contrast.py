"""Flat light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from durometer.ops.exact import mean
from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class LowContrast(Corruption):
    """Multiply differences from each channel's own mean. The constant is the factor.

    The benchmark calls it contrast; here that is the shift which works about the mean brightness.
    """

    name: ClassVar[str] = "low-contrast"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        middle = mean(x.flatten(0, 1)[:, None]).to(x).reshape(*x.shape[:2], 1, 1)
        factor: float = self.constants
        return (x - middle) * factor + middle
