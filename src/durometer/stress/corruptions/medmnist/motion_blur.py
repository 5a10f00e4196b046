"""The picture while the camera, or the patient, moves sideways."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical, Profile
from durometer.stress.corruptions.sweep import swept


@dataclass(frozen=True)
class MedicalMotionBlur(Medical):
    """Average along a line at an angle drawn from −45° to 45°.

    The constants are ImageMagick's: radius (rounded up; the line has 2 radius + 1 pixels) and sigma of the
    one-sided Gaussian along it; the edge pixel is continued.
    """

    profile: Profile = "pathmnist"

    name: ClassVar[str] = "medmnist-motion-blur"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        return {"angle": dice.uniform("angle", (), -45.0, 45.0)}

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        radius, sigma = constants
        return swept(x, float(drawn["angle"][0]), math.ceil(radius), sigma)
