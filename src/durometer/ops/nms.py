"""Suppressing what was found twice: greedy, by score, a batch at a time, without asking the host."""

from __future__ import annotations

import torch
from torch import Tensor


def box_iou(a: Tensor, b: Tensor) -> Tensor:
    """Return (…, N, M) intersection over union of boxes (…, N, 4) and (…, M, 4); 0 where both are empty."""
    low = torch.maximum(a[..., :, None, :2], b[..., None, :, :2])
    high = torch.minimum(a[..., :, None, 2:], b[..., None, :, 2:])
    shared = (high - low).clamp_min(0).prod(dim=-1)
    areas = [(of[..., 2:] - of[..., :2]).clamp_min(0).prod(dim=-1) for of in (a, b)]
    either = areas[0][..., :, None] + areas[1][..., None, :] - shared
    return shared / either.clamp_min(torch.finfo(shared.dtype).tiny)


def nms(boxes: Tensor, labels: Tensor, *, threshold: float) -> Tensor:
    """Return (B, N) bool: what stays of N boxes a picture that stand in falling order of their scores.

    A box goes if it overlaps one of its class that stays and stands before it by more than the threshold
    (intersection over union).

    Args:
        boxes: (B, N, 4) left, top, right, bottom.
        labels: (B, N).
        threshold: In [0, 1].
    """
    same = labels[:, :, None] == labels[:, None]
    after = torch.ones(same.shape[1:], dtype=torch.bool, device=boxes.device).triu(1)
    beaten = (box_iou(boxes, boxes) > threshold) & same & after  # (B, N, N): who would remove whom
    stays = torch.ones_like(labels, dtype=torch.bool)
    for i in range(boxes.shape[1]):
        stays = stays & ~(beaten[:, i] & stays[:, i, None])
    return stays
