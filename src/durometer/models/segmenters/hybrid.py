"""BASNet's hybrid loss: each pixel, each window and the whole mask."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from durometer.ops.ssim import ssim


def iou_loss(mask: Tensor, truth: Tensor) -> Tensor:
    """Return (B,): 1 - sum(mask truth) / sum(mask + truth - mask truth); (B, 1, H, W) in [0, 1]."""
    both = (mask * truth).flatten(1).sum(dim=1)
    either = (mask + truth).flatten(1).sum(dim=1) - both
    return 1 - both / either.clamp_min(1e-6)


def hybrid_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Return (B,): binary cross entropy + (1 - SSIM) + IoU loss of (B, 1, H, W) logits and masks in [0, 1].

    Source: (Qin et al., 2019), equations 2 to 5, and its code.
    """
    mask = logits.sigmoid()
    pixels = binary_cross_entropy_with_logits(logits, truth, reduction="none").flatten(1).mean(dim=1)
    return pixels + (1 - ssim(mask, truth)) + iou_loss(mask, truth)


def supervised(outputs: Sequence[Tensor], truth: Tensor) -> Tensor:
    """Return the scalar that training lowers: the hybrid loss of the refined mask and of all side outputs."""
    losses = [hybrid_loss(output, truth).mean() for output in outputs]
    total = losses[0]
    for loss in losses[1:]:
        total = total + loss
    return total
