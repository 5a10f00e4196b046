"""How much two masks overlap."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.masks import SOLID


def iou(mask: Tensor, truth: Tensor) -> Tensor:
    """Return (B,) float64: intersection over union of (B, 1, H, W) masks, each solid from 0.5 on.

    Two empty masks agree: 1.
    """
    a, b = mask >= SOLID, truth >= SOLID
    both = (a & b).flatten(1).sum(dim=1).double()
    either = (a | b).flatten(1).sum(dim=1).double()
    return torch.where(either > 0, both / either.clamp_min(1), 1.0)


def expected_iou(share: Tensor) -> Tensor:
    """Return (B,) float64: the overlap that soft masks (B, 1, H, W) expect of their own solid part.

    If each value is the chance that its pixel is object: the expected intersection over the expected union of
    the mask cut at 0.5 and the truth. 1 where all values are 0 or 1; an empty mask has 0.
    """
    p, solid = share.double().flatten(1), (share >= SOLID).double().flatten(1)
    both = (p * solid).sum(dim=1)
    either = (p + solid - p * solid).sum(dim=1)
    return torch.where(either > 0, both / either.clamp_min(1e-12), 0.0)
