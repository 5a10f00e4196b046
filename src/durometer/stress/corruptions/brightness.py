"""Too much light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class Brightness(Corruption):
    """Add to the value (the largest channel) of every pixel; hue and saturation stay. The constant is added.

    With hue and saturation kept, the channels keep their ratios, so the color wheel needn't be visited.
    """

    name: ClassVar[str] = "brightness"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        value = x.amax(dim=1, keepdim=True)
        more = (value + self.constants).clamp_max(1)
        return torch.where(value > 0, x * (more / torch.where(value > 0, value, 1)), more)
