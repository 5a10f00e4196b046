"""Bubbles of air under the cover glass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical, Profile, at

FEWEST, MOST = 7, 25
SMALLEST, RIM = 3, 2
AIR, EDGE = 100 / 255, 130 / 255
"""How much white a bubble and its rim add."""


@dataclass(frozen=True)
class MedicalBubble(Medical):
    """Lay whitish bubbles over the picture. The constants: their largest radius, in pixels, and number.

    At least 7, of a radius from 3; each has a brighter rim of 2 pixels, and a later one hides an earlier.
    Pictures too small for the largest bubble are refused.
    """

    profile: Profile = "pathmnist"

    name: ClassVar[str] = "medmnist-bubble"

    def between(self, shares: Sequence[float]) -> Any:
        return tuple(int(value) for value in super().between(shares))

    def lacks(self, height: int, width: int, constants: Any) -> str:
        radius, _ = constants
        if 2 * radius <= min(height, width):
            return ""
        return f"a bubble of {2 * radius} pixels does not fit into {height} × {width}"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        return {"number": dice.uniform("number"), "bubbles": dice.uniform("bubbles", (MOST, 3))}

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        (largest, most), (height, width) = constants, x.shape[-2:]
        number = at(float(drawn["number"][0]), FEWEST, most)
        margin = largest + RIM
        air = torch.zeros(height + 2 * margin, width + 2 * margin)
        for size, across, down in drawn["bubbles"][0, :number].tolist():
            radius = at(size, SMALLEST, largest)
            place = at(down, radius, height - radius) + margin, at(across, radius, width - radius) + margin
            for reach, white in ((radius + RIM, EDGE), (radius, AIR)):
                top, left = place[0] - reach, place[1] - reach
                part = air[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
                part.copy_(torch.where(disk_of(reach), white, part))
        share = air[margin : margin + height, margin : margin + width].to(x)
        return x + share * (1 - x)


@lru_cache(maxsize=64)
def disk_of(radius: int) -> Tensor:
    """Return the (2 radius + 1, 2 radius + 1) bool disk that PIL draws."""
    image = Image.new("L", (2 * radius + 1, 2 * radius + 1))
    ImageDraw.Draw(image).ellipse((0, 0, 2 * radius, 2 * radius), fill=255)
    return torch.from_numpy(np.array(image) > 0)
