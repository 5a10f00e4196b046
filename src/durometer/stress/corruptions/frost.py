"""The picture behind a frozen window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.frost_texture import LOOKS, SIDE, frost_texture
from durometer.stress.corruptions.scale import fitted

REDUCED = {"tiny-c": 0.3, "cifar-c": 0.2}


@dataclass(frozen=True)
class Frost(Corruption):
    """Add a piece of a picture of frost; the constants weigh the picture and the frost.

    Not pixel for pixel the published corruption: its photographs of frost are not ours to ship, so five are
    generated with their mean colors and standard deviations. As published, each is as likely as the next,
    the piece is drawn anywhere in it, and for `tiny-c` and `cifar-c` the frost is first made smaller, to
    0.3 and 0.2. Where a picture is larger than the frost, the frost is enlarged. With other than three
    channels the frost is gray.
    """

    name: ClassVar[str] = "frost"
    one_by_one: ClassVar[bool] = True

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw which frost, (B,), and where the piece lies in what is left to choose, (B, 2) in [0, 1)."""
        return {"look": dice.integers("look", 0, len(LOOKS)), "place": dice.uniform("place", (2,))}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) behind frost."""
        kept, frozen = self.constants
        pieces = torch.stack([
            self.piece(x, look, place)
            for look, place in zip(drawn["look"].tolist(), drawn["place"].tolist(), strict=True)
        ])  # fmt: skip
        frosted: Tensor = kept * x + frozen * pieces
        return frosted

    def piece(self, like: Tensor, look: int, place: tuple[float, float]) -> Tensor:
        """Return (3 or 1, H, W): the piece of a frost at this place, for pictures like (B, C, H, W)."""
        height, width = self.grid(like.shape)
        side = max(round(SIDE * REDUCED.get(self.profile, 1.0)), math.ceil(1.1 * max(height, width)))
        top, left = (int(at * (side - n)) for at, n in zip(place, (height, width), strict=True))
        frost = frost_texture(look, side)[:, top : top + height, left : left + width].to(like)
        frost = fitted(frost, like)
        return frost if like.shape[1] == len(frost) else frost.mean(dim=0, keepdim=True)
