"""Targets that lie on a picture follow its pixels: label maps, masks and boxes after a change.

What opens at an edge is often filled by the picture's mirror image. That is no object: it is 0 in a mask and
said nothing of in a label map.
"""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.core import DataError, Movement
from durometer.ops.geometry import centers, clip_boxes, move_boxes, move_masks, sampled, still

IGNORE = 255
"""In a label map: nothing is said of this pixel."""
NEAR = 1.0
"""A side of a box this near to the mask's keeps its own place, which may lie between pixels."""


def sources(movement: Movement) -> tuple[Tensor, Tensor]:
    """Return (x, y), each (H, W) float64: the place before the change of what each pixel shows.

    Raises:
        DataError: if pixels moved and nobody knows where.
    """
    if movement.unknown:
        raise DataError("it moves pixels and does not say where")
    at = centers(*movement.size).to(torch.float64)
    if movement.field is not None:
        moved = at + movement.field.to(at)
    elif movement.camera is not None:
        m = movement.camera.to(at)
        back = torch.linalg.inv(m[:, :2])
        moved = (back @ (at.flatten(1) - m[:, 2:])).reshape(at.shape)
    else:
        moved = at
    return moved[0], moved[1]


def move_labels(labels: Tensor, movement: Movement) -> Tensor:
    """Return a label map (H, W) int64 after the change; `IGNORE` where it comes from beyond the picture."""
    height, width = movement.size
    x, y = (place.floor().to(labels.device) for place in sources(movement))
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    row, column = (torch.where(inside, at, 0.0).long() for at in (y, x))
    return torch.where(inside, labels[row, column], IGNORE)


def move_shapes(masks: Tensor, movement: Movement) -> Tensor:
    """Return masks (N, H, W) bool after the change: pixels that show at least half of an object's."""
    if movement.field is None and not movement.unknown:
        camera = still(1) if movement.camera is None else movement.camera[None].cpu()
        return move_masks(masks[None].float(), camera)[0] >= 0.5
    x, y = sources(movement)
    return sampled(masks[None].float(), torch.stack((x, y))[None].to(masks.device))[0] >= 0.5


def move_boxes_with(boxes: Tensor, movement: Movement) -> Tensor:
    """Return boxes (N, 4) after the change, unclipped where it is affine.

    By a field: around the pixels that show something of what was in the box; zeros where there are none.
    """
    if movement.field is None and not movement.unknown:
        return boxes if movement.camera is None else move_boxes(boxes[None], movement.camera[None])[0]
    x, y = (place.to(boxes) for place in sources(movement))
    left, top, right, bottom = (side[:, None, None] for side in boxes.unbind(-1))
    return boxes_around((x >= left) & (x < right) & (y >= top) & (y < bottom)).to(boxes)


def boxes_around(masks: Tensor) -> Tensor:
    """Return (N, 4) float32: the tightest boxes around masks (N, H, W) bool; zeros around nothing."""
    columns, rows = masks.any(dim=-2), masks.any(dim=-1)
    sides = [*_ends(columns), *_ends(rows)]
    boxes = torch.stack((sides[0], sides[2], sides[1], sides[3]), dim=-1)
    return torch.where(columns.any(dim=-1, keepdim=True), boxes, 0).float()


def tightened(boxes: Tensor, masks: Tensor) -> Tensor:
    """Return boxes (N, 4) drawn in to their masks (N, H, W), where these end elsewhere."""
    around = boxes_around(masks).to(boxes)
    return torch.where((boxes - around).abs() <= NEAR, boxes, around)


def kept_on(
    boxes: Tensor, masks: Tensor | None, height: int, width: int
) -> tuple[Tensor, Tensor | None, Tensor]:
    """Return what is left of objects on a canvas: (boxes cut to it, masks, (N,) bool: is anything left)."""
    cut, left = clip_boxes(boxes, height, width)
    if masks is None:
        return cut, None, left
    return tightened(cut, masks), masks, left & masks.flatten(1).any(dim=1)


def _ends(filled: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first and one beyond the last of (N, n) that is true."""
    n = filled.shape[-1]
    flags = filled.to(torch.uint8)
    first = flags.argmax(dim=-1) if n else torch.zeros(len(filled), dtype=torch.long)
    last = n - flags.flip(-1).argmax(dim=-1) if n else first
    return first, last
