"""The picture on rubber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dice
from durometer.ops.geometry import recorded_field
from durometer.stress.corruptions.bilinear import bilinear
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.scale import LENGTHS, fitted, scale_of
from durometer.stress.corruptions.smooth import smooth

FAR = 1e6
"""Pixels beyond which a place is not followed: three drawn points can stand almost in a line."""


@dataclass(frozen=True)
class ElasticTransform(Corruption):
    """Shift three points of the picture at random, all else with them, then every pixel by a smooth field.

    The constants are (height of the field, its sigma, most that a point is shifted), in pixels. Both steps
    are bilinear; the first continues the picture by its mirror image without the edge pixel, the second with
    it. The mask moves along. Pictures with fewer than three pixels a side are refused.
    """

    name: ClassVar[str] = "elastic-transform"
    moves: ClassVar[bool] = True

    def refuses(self, shape: tuple[int, int, int]) -> str:
        short = min(shape[1:])
        return "" if short >= 3 else f"its three points need 3 pixels a side, and the picture has {short}"

    def drawn(self, shape: tuple[int, int, int], dice: Dice) -> Drawn:
        field = dice.uniform("field", (2, *shape[1:]), -1, 1)
        return {"points": dice.uniform("points", (3, 2), -1, 1), "field": field}

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        result = super().__call__(batch, dice)
        lies_on_the_picture = any(not isinstance(y, frozenset) for y in batch.y)
        if len(result.refused) == len(batch) or not lies_on_the_picture:  # a label has no place to follow
            return result
        channels, height, width = batch.x.shape[1:]
        drawn = {k: v.to(batch.x.device) for k, v in self.draw((channels, height, width), dice).items()}
        return result.but(aux={**result.aux, **recorded_field(batch, self.field(batch.x, drawn))})

    def field(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, 2, H, W) float64: how far from each pixel its color was, to the right and down.

        What shows the mirror image beyond an edge, of either step, was beyond it.
        """
        if self.profile == "scaled" and self.given is None:
            stretched = LENGTHS[self.name](self.constants, scale_of(*x.shape[-2:]))
            other: ElasticTransform = self.made_with(stretched)
            return other.field(x, drawn)
        height, _, jitter = self.constants
        across, down = (at.expand(len(x), *x.shape[-2:]) for at in _grid(x.shape[-2:], x.device))
        at_x, at_y = across, down
        if height:
            shifts = self._shifts(x, drawn).double()
            at_x, at_y = across + shifts[:, 0], down + shifts[:, 1]
        rows, columns = x.shape[-2:]
        beyond = (at_x < -0.5) | (at_x > columns - 0.5) | (at_y < -0.5) | (at_y > rows - 0.5)
        at_x, at_y = _before(x.shape[-2:], jitter * drawn["points"].double(), (at_x, at_y))
        return torch.stack((at_x - across, at_y - down), dim=1).masked_fill(beyond[:, None], -FAR)

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        height, _, jitter = self.constants
        across, down = _before(x.shape[-2:], jitter * drawn["points"].double(), _grid(x.shape[-2:], x.device))
        turned = bilinear(x, across, down, "mirrored within")
        if height == 0:
            return turned
        shifts = self._shifts(x, drawn)
        across, down = (at.to(x) for at in _grid(x.shape[-2:], x.device))
        return bilinear(turned, across + shifts[:, 0], down + shifts[:, 1], "mirrored")

    def _shifts(self, x: Tensor, drawn: Drawn) -> Tensor:
        """(B, 2, H, W): the smooth field."""
        height, sigma, _ = self.constants
        return fitted(smooth(drawn["field"], sigma, truncate=3, mirror=True), x) * height


def _grid(size: torch.Size, device: torch.device) -> tuple[Tensor, Tensor]:
    """(1, W) and (H, 1) float64: the places of pixels."""
    height, width = size
    across = torch.arange(width, dtype=torch.float64, device=device)[None]
    return across, torch.arange(height, dtype=torch.float64, device=device)[:, None]


def _before(size: torch.Size, shifts: Tensor, places: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """(B, H, W) twice: where places (x, y) stood before the three points were shifted by (B, 3, 2).

    The points are a corner c + (s, s), its neighbor c + (s, −s) and the opposite one c − (s, s), with c the
    middle and s a third of the short side. A pixel keeps its place in the coordinates that they span.
    """
    height, width = size
    third = min(height, width) // 3
    x, y = places
    corner = torch.tensor(((1, 1), (1, -1), (-1, -1)), dtype=shifts.dtype, device=shifts.device) * third
    start_x, start_y = width // 2 + third, height // 2 + third
    moved = (corner + shifts)[..., None, None]  # (B, 3, 2, 1, 1), from the middle
    (ax, ay), (bx, by) = ((moved[:, i] - moved[:, 0]).unbind(1) for i in (1, 2))
    area = ax * by - ay * bx
    share = 2 * third / torch.where(area.abs() < 1e-9, 1e-9, area)
    x, y = x - moved[:, 0, 0] - width // 2, y - moved[:, 0, 1] - height // 2
    # the way to the neighbor is (0, −2 s), to the opposite corner (−2 s, −2 s)
    across: Tensor = (start_x + x * (share * ay)) - y * (share * ax)
    down: Tensor = (start_y + x * (share * (ay - by))) + y * (share * (bx - ax))
    return across.clamp_(-FAR, FAR), down.clamp_(-FAR, FAR)
