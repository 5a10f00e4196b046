"""Boxes: (B, 4) left, top, right, bottom in pixels, the last two exclusive; zeros stand for no box."""

from __future__ import annotations

import torch
from torch import Tensor


def inside(boxes: Tensor, x: Tensor) -> Tensor:
    """Return (B, 1, H, W): 1 inside each box, everywhere where the box is zeros."""
    y, along = (torch.arange(n, device=x.device) + 0.5 for n in x.shape[-2:])
    left, top, right, bottom = (boxes.to(x)[:, k, None] for k in range(4))
    rows, columns = (y > top) & (y < bottom), (along > left) & (along < right)
    within = (rows[:, :, None] & columns[:, None]) | (boxes.to(x.device) == 0).all(dim=1)[:, None, None]
    return within[:, None].to(x)
