"""What edits share that carry something over from another sample's object."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from durometer.core import Batch
from durometer.ops.masks import bounding_box, share
from durometer.stress.attributes.editing import Subject, unfit_reason

Kin = Literal["any", "same class", "another class"]


def reference_mask(batch: Batch, subject: Subject) -> Tensor:
    """Return the references' masks (B, 1, H, W), refusing samples whose reference can't be used."""
    mask = batch.aux["reference_mask"]
    pixels = mask.shape[-1] * mask.shape[-2]
    for i, covered in enumerate(share(mask).tolist()):
        reason = unfit_reason(covered, pixels)
        if reason:
            subject.refused.setdefault(i, f"of the reference: {reason}")
    for i, (own, other) in enumerate(zip(_solid(subject.mask), _solid(mask), strict=True)):
        if not (own and other):
            subject.refused.setdefault(i, "a mask has no pixel that is half object; give a mask less faint")
    return mask


def _solid(mask: Tensor) -> list[bool]:
    box = bounding_box(mask)
    found: list[bool] = (torch.minimum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) > 0).tolist()
    return found
