"""The picture on rubber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.bilinear import bilinear, mirrored, mirrored_within
from durometer.stress.corruptions.corruption import Corruption, Drawn
from durometer.stress.corruptions.scale import fitted
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

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        height, sigma, jitter = self.constants
        across, down = _before(x.shape[-2:], jitter * drawn["points"].double())
        turned = bilinear(x, across, down, mirrored_within)
        if height == 0:
            return turned
        # one sample at a time: a product of a whole batch may round otherwise
        fields = [smooth(field, sigma, truncate=3, mirror=True) for field in drawn["field"]]
        shifts = fitted(torch.stack(fields), x) * height
        across, down = _grid(x.shape[-2:], x.device)
        return bilinear(turned, across + shifts[:, 0].double(), down + shifts[:, 1].double(), mirrored)


def _grid(size: torch.Size, device: torch.device) -> tuple[Tensor, Tensor]:
    """(1, W) and (H, 1) float64: the places of pixels."""
    height, width = size
    across = torch.arange(width, dtype=torch.float64, device=device)[None]
    return across, torch.arange(height, dtype=torch.float64, device=device)[:, None]


def _before(size: torch.Size, shifts: Tensor) -> tuple[Tensor, Tensor]:
    """(B, H, W) twice: where each pixel (x, y) stood before the three points were shifted by (B, 3, 2).

    The points are a corner c + (s, s), its neighbor c + (s, −s) and the opposite one c − (s, s), with c the
    middle and s a third of the short side. A pixel keeps its place in the coordinates that they span.
    """
    height, width = size
    third = min(height, width) // 3
    x, y = _grid(size, shifts.device)
    corner = shifts.new_tensor(((1, 1), (1, -1), (-1, -1))) * third
    start = corner + shifts.new_tensor((width // 2, height // 2))
    moved = (start + shifts)[..., None, None]  # (B, 3, 2, 1, 1)
    (ax, ay), (bx, by) = ((moved[:, i] - moved[:, 0]).unbind(1) for i in (1, 2))
    area = ax * by - ay * bx
    area = torch.where(area.abs() < 1e-9, 1e-9, area)
    x, y = x - moved[:, 0, 0], y - moved[:, 0, 1]
    along_a, along_b = (x * by - y * bx) / area, (ax * y - ay * x) / area
    (px, py), (qx, qy) = (start[1] - start[0]).tolist(), (start[2] - start[0]).tolist()
    across = start[0, 0] + along_a * px + along_b * qx
    down = start[0, 1] + along_a * py + along_b * qy
    return across.clamp(-FAR, FAR), down.clamp(-FAR, FAR)
