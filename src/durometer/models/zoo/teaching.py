"""What the detector is taught: which cell answers for which object, and the loss of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from durometer.core import Objects
from durometer.models.zoo.detector import FINE, STRIDE, Heads, boxes_of, centers, within
from durometer.ops.nms import box_iou

REACH = 1.5
"""Cells from an object's center that answer for it."""
FOCUS, SHARE = 2.0, 0.25
"""Of the focal loss (Lin et al., 2017): power and the weight of what is there."""


@dataclass(frozen=True)
class Lesson:
    """Targets of B pictures, padded to the same number of objects.

    Attributes:
        boxes: (B, N, 4) in pixels.
        labels: (B, N).
        masks: (B, N, H/2, W/2) share of each cell that is the object.
        owner: (B, h, w) which object a cell answers for, −1 for none.
    """

    boxes: Tensor
    labels: Tensor
    masks: Tensor
    owner: Tensor


def lesson(pictures: Sequence[Objects], height: int, width: int) -> Lesson:
    """Return the targets of pictures of (height, width): cells near the center of an object answer for it.

    Where there are several, the smallest. Objects need masks.
    """
    most = max(1, *(len(of) for of in pictures))
    boxes = torch.zeros(len(pictures), most, 4)
    labels = torch.zeros(len(pictures), most, dtype=torch.long)
    masks = torch.zeros(len(pictures), most, height // FINE, width // FINE)
    for b, of in enumerate(pictures):
        if of.masks is not None and len(of):
            boxes[b, : len(of)], labels[b, : len(of)] = of.boxes, of.labels
            masks[b, : len(of)] = F.avg_pool2d(of.masks[:, None].float(), FINE)[:, 0]
    return Lesson(boxes, labels, masks, owners(boxes, height // STRIDE, width // STRIDE))


def owners(boxes: Tensor, height: int, width: int) -> Tensor:
    """Return (B, height, width): which of (B, N, 4) boxes each cell answers for, −1 for none."""
    at = centers(height, width, boxes.device)
    middle, half = (boxes[..., :2] + boxes[..., 2:]) / 2, (boxes[..., 2:] - boxes[..., :2]) / 2
    reach = half.clamp_max(REACH * STRIDE)[..., None, None]
    near = ((at - middle[..., None, None]).abs() < reach).all(dim=2)  # (B, N, height, width)
    size = half.prod(dim=-1)[..., None, None].expand_as(near).masked_fill(~near, torch.inf)
    smallest, owner = size.min(dim=1)
    return owner.masked_fill(smallest.isinf(), -1)


def loss(heads: Heads, of: Lesson) -> Tensor:
    """Return the mean loss: focal for classes, −log of the overlap for boxes, entropy and Dice for masks."""
    picture, row, column = (of.owner >= 0).nonzero(as_tuple=True)
    owner = of.owner[picture, row, column]
    label, box = of.labels[picture, owner], of.boxes[picture, owner]
    wanted = torch.zeros_like(heads.classes)
    wanted[picture, label, row, column] = 1.0
    n = max(1, len(picture))
    found = boxes_of(heads.sides)[picture, :, row, column]
    apart = -box_iou(found[:, None], box[:, None])[:, 0, 0].clamp_min(1e-4).log()
    logits = torch.einsum("np,nphw->nhw", heads.mixes[picture, :, row, column], heads.prototypes[picture])
    masks = _mask_loss(logits, of.masks[picture, owner], box)
    return (_focal(heads.classes, wanted).sum() + apart.sum() + masks.sum()) / n


def _focal(logits: Tensor, wanted: Tensor) -> Tensor:
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    right = torch.exp(-entropy)  # the chance given to what is true
    weight = SHARE * wanted + (1 - SHARE) * (1 - wanted)
    return 4 * weight * (1 - right) ** FOCUS * entropy


def _mask_loss(logits: Tensor, masks: Tensor, boxes: Tensor) -> Tensor:
    """Return (N,): within the box, mean cross-entropy and 1 − Dice of (N, h, w)."""
    inside = within(boxes, *logits.shape[-2:], step=float(FINE)).float()
    entropy = F.binary_cross_entropy_with_logits(logits, masks, reduction="none")
    share = logits.sigmoid() * inside
    both = (share * masks).sum(dim=(1, 2))
    dice = 2 * both / (share.sum(dim=(1, 2)) + masks.sum(dim=(1, 2))).clamp_min(1e-6)
    return (entropy * inside).sum(dim=(1, 2)) / inside.sum(dim=(1, 2)).clamp_min(1) + 1 - dice
