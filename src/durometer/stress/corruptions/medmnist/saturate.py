"""Too much stain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical, Profile
from durometer.stress.corruptions.saturate import saturated


@dataclass(frozen=True)
class MedicalSaturate(Medical):
    """Add to the saturation (of hue, saturation, value), at most 1. The constant is added.

    As published, gray pixels become reddish, gray having the hue 0.
    """

    profile: Profile = "pathmnist"

    name: ClassVar[str] = "medmnist-saturate"

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        return saturated(x, 1, constants)
