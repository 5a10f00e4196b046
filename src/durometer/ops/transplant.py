"""Copying background into a hole as a shift map says, cells overlapping so that their borders don't show."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.ops.push_pull import push_pull
from durometer.ops.shift_map import ShiftMap


def transplant(x: Tensor, known: Tensor, shifts: ShiftMap) -> tuple[Tensor, Tensor]:
    """Return ((B, C, H, W) the copy, (B, 1, H, W) 1 where there is one).

    Each pixel is the mean of what the four nearest cells would copy to it, the nearer with more weight; where
    they agree on a shift that is the background itself.
    """
    height, width = x.shape[-2:]
    source = torch.cat((x * known, known), dim=1)
    total = torch.zeros_like(source)
    for row, share_y in _nearest(height, shifts.cell, shifts.down.shape[1], x.device):
        for column, share_x in _nearest(width, shifts.cell, shifts.down.shape[2], x.device):
            at = (slice(None), row[:, None], column[None])
            weight = shifts.possible[:, 0][at] * (share_y[:, None] * share_x)
            total = total + _copy(source, shifts.down[at], shifts.right[at]) * weight[:, None]
    weight = total[:, -1:]
    return total[:, :-1] / weight.clamp_min(1e-6), (weight > 1e-3).to(x.dtype)


def detail(x: Tensor, present: Tensor, cell: int) -> Tensor:
    """Return what of x is finer than a cell, 0 where x is not present."""
    height, width = x.shape[-2:]
    ragged = (0, -width % cell, 0, -height % cell)
    means = F.avg_pool2d(F.pad(torch.cat((x * present, present), dim=1), ragged), cell)
    color, weight = means[:, :-1] / means[:, -1:].clamp_min(1e-6), (means[:, -1:] > 0).to(x.dtype)
    size = (height + ragged[3], width + ragged[1])
    smooth = F.interpolate(push_pull(color, weight), size=size, mode="bilinear", align_corners=False)
    return (x - smooth[..., :height, :width]) * present


def _nearest(n: int, cell: int, cells: int, device: torch.device) -> list[tuple[Tensor, Tensor]]:
    """Return, for each pixel of a row, the two nearest cells and how much each counts."""
    at = (torch.arange(n, device=device) + 0.5) / cell - 0.5
    first = at.floor()
    later = at - first
    low, high = (k.long().clamp(0, cells - 1) for k in (first, first + 1))
    return [(low, 1 - later), (high, later)]


def _copy(source: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Return source at p plus shift, 0 beyond the canvas."""
    height, width = source.shape[-2:]
    y = torch.arange(height, device=source.device)[:, None] + down
    x = torch.arange(width, device=source.device) + right
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    index = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).flatten(1)
    taken = source.flatten(2).gather(2, index[:, None].expand(-1, source.shape[1], -1))
    return taken.reshape(source.shape) * inside[:, None]
