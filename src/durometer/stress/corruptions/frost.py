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

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        """Draw which frost, (B,), and where the piece lies in what is left to choose, (B, 2) in [0, 1)."""
        return {"look": dice.integers("look", 0, len(LOOKS)), "place": dice.uniform("place", (2,))}

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) behind frost."""
        kept, frozen = self.constants
        pieces = fitted(self.pieces(x, drawn["look"], drawn["place"]), x)
        if x.shape[1] != pieces.shape[1]:
            pieces = pieces.mean(dim=1, keepdim=True)
        frosted: Tensor = kept * x + frozen * pieces
        return frosted

    def pieces(self, like: Tensor, looks: Tensor, places: Tensor) -> Tensor:
        """Return (B, 3, H, W): the pieces of the frosts at these places, for pictures like (B, C, H, W)."""
        height, width = self.grid(like.shape)
        side = max(round(SIDE * REDUCED.get(self.profile, 1.0)), math.ceil(1.1 * max(height, width)))
        room = torch.tensor((side - height, side - width), device=like.device)
        corners = (places.double() * room).long()
        if like.device.type == "cpu":
            rows = zip(looks.tolist(), corners.tolist(), strict=True)
            cut = [frost_texture(k, side)[:, t : t + height, f : f + width] for k, (t, f) in rows]
            return torch.stack(cut).to(like)
        return cut_out(looks, corners, (side, height, width), like)


def cut_out(looks: Tensor, corners: Tensor, sizes: tuple[int, int, int], like: Tensor) -> Tensor:
    """The same without asking the device where, for those where an answer must be waited for."""
    side, height, width = sizes
    frosts = torch.stack([frost_texture(k, side) for k in range(len(LOOKS))]).to(like)
    rows = corners[:, :1] + torch.arange(height, device=like.device)
    columns = corners[:, 1:] + torch.arange(width, device=like.device)
    return frosts.movedim(1, -1)[looks[:, None, None], rows[:, :, None], columns[:, None]].movedim(-1, 1)
