"""What a detector found in one picture, and how its padded answer gets onto the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import ModelError, Sight
from durometer.ops.geometry import clip_boxes

SOLID = 0.5
"""A soft mask is object from here on."""
MOST = 100
"""Detections of a picture that count, the surest first."""


@dataclass(frozen=True)
class Found:
    """The objects found in one picture, the surest first.

    Attributes:
        boxes: (N, 4) left, top, right, bottom in pixels of the picture.
        scores: (N,) above 0.
        labels: (N,) int64.
        masks: (N, H, W) bool, or None.
        finite: Whether the answer was finite; one that was not found nothing.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    masks: Tensor | None = None
    finite: bool = True

    def __len__(self) -> int:
        return len(self.scores)


def read(output: Any, *, where: str = "") -> Mapping[str, Tensor]:
    """Return a detector's answer, looked at soberly.

    Raises:
        ModelError: if it isn't a mapping with `boxes` (B, M, 4), `scores` and `labels` (B, M), and perhaps
            `masks` (B, M, h, w).
    """
    if not isinstance(output, Mapping) or not {"boxes", "scores", "labels"} <= set(output):
        raise _strange(f"answered with {type(output).__name__}", where)
    scores = output["scores"]
    shapes = {"boxes": (*scores.shape, 4), "labels": tuple(scores.shape)}
    wrong = [name for name, shape in shapes.items() if tuple(output[name].shape) != shape]
    masks = output.get("masks")
    if masks is not None and (masks.ndim != 4 or masks.shape[:2] != scores.shape):
        wrong.append("masks")
    if scores.ndim != 2 or wrong:
        got = ", ".join(f"{name} {tuple(output[name].shape)}" for name in ["scores", *wrong])
        raise _strange(f"answered with {got}", where)
    return output


def laid(output: Any, sights: Sequence[Sight]) -> tuple[Found, ...]:
    """Return what was found in each picture, in its own pixels, cut to it; at most `MOST` of a picture.

    Raises:
        ModelError: if the output is not a detector's.
    """
    known = read(output)
    return tuple(_of_one({k: v[i] for k, v in known.items()}, sight) for i, sight in enumerate(sights))


def _of_one(answer: Mapping[str, Tensor], sight: Sight) -> Found:
    scores = answer["scores"].float()
    if not bool(_finite(answer)):
        nothing = scores[:0].cpu()
        masks = None if "masks" not in answer else torch.zeros(0, *sight.size, dtype=torch.bool)
        return Found(torch.zeros(0, 4), nothing, nothing.long(), masks, finite=False)
    order = scores.sort(descending=True, stable=True)[1]
    order = order[scores[order] > 0][:MOST]
    boxes = onto_picture(answer["boxes"][order].double(), sight)
    boxes, seen = clip_boxes(boxes, *sight.size)
    order, boxes = order[seen], boxes[seen]
    masks = answer["masks"][order] if "masks" in answer else None
    return Found(
        boxes.float().cpu(),
        scores[order].cpu(),
        answer["labels"][order].long().cpu(),
        None if masks is None else shapes_on(masks.float(), sight).cpu(),
    )


def _finite(answer: Mapping[str, Tensor]) -> Tensor:
    """Whether boxes and scores are finite; of what is padding only the score is looked at."""
    scores = answer["scores"]
    real = (
        (scores > 0)[:, None]
        if scores.isfinite().all()
        else torch.ones_like(scores, dtype=torch.bool)[:, None]
    )
    return scores.isfinite().all() & (answer["boxes"].isfinite() | ~real).all()


def onto_picture(boxes: Tensor, sight: Sight) -> Tensor:
    """Return boxes (N, 4) in pixels of the input as boxes in pixels of the picture."""
    top, left, bottom, right = sight.visible
    height, width = sight.input
    zoom = boxes.new_tensor([(right - left) / width, (bottom - top) / height] * 2)
    return boxes * zoom + boxes.new_tensor([left, top, left, top])


def shapes_on(masks: Tensor, sight: Sight) -> Tensor:
    """Return soft masks (N, h, w) over the input as masks (N, H, W) bool on the picture.

    A pixel takes the value at its middle, between the input's pixels; what was not shown is no object.
    """
    if not len(masks):
        return torch.zeros(0, *sight.size, dtype=torch.bool)
    return sampled_on(masks[None], sight, padding="zeros")[0] >= SOLID


def sampled_on(x: Tensor, sight: Sight, *, padding: str) -> Tensor:
    """Return (1, C, H, W): an input-sized (1, C, h, w) as it lies on the picture, bilinear."""
    (height, width), (top, left, bottom, right) = sight.size, sight.visible
    if sight == Sight.whole(height, width) and tuple(x.shape[-2:]) == sight.size:
        return x
    across = (torch.arange(width).to(x) + 0.5 - left) / (right - left)
    down = (torch.arange(height).to(x) + 0.5 - top) / (bottom - top)
    y, at = torch.meshgrid(down, across, indexing="ij")
    grid = torch.stack((at, y), dim=-1)[None] * 2 - 1
    return F.grid_sample(x, grid, mode="bilinear", padding_mode=padding, align_corners=False)


def _strange(what: str, where: str) -> ModelError:
    fix = "A detector returns boxes (B, M, 4), scores (B, M) and labels (B, M), padded with scores of 0"
    return ModelError(what, where=where, fix=fix)
