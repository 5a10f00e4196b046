"""A small detector with masks: one answer a cell, masks as sums of prototypes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from durometer.models.zoo.parts import conv_block
from durometer.models.zoo.pyramid import Pyramid
from durometer.ops.nms import nms

STRIDE = 4
FINE = 2
CANDIDATES = 100
"""Cells and classes that are looked at, the surest."""
PRIOR = 4.0
"""Taken off every class's logit, so that an untrained network finds nothing rather than everything."""
MARGIN = 1.0
"""Pixels that a mask may reach beyond its box."""


@dataclass(frozen=True)
class Heads:
    """What the network says before anything is chosen: of every cell of a quarter of the side.

    Attributes:
        classes: (B, K, h, w) logits, each class by itself.
        sides: (B, 4, h, w) distances from the cell's center to the box's left, top, right and bottom side,
            in pixels, positive.
        mixes: (B, P, h, w) how much of each prototype the object's mask takes.
        prototypes: (B, P, 2h, 2w) of masks, as logits.
    """

    classes: Tensor
    sides: Tensor
    mixes: Tensor
    prototypes: Tensor


class Detector(nn.Module):
    """Boxes, classes and masks of several objects, without anchors.

    Every cell of 4 × 4 pixels says which class stands around it, how far the sides of its box are (as FCOS;
    Tian et al., 2019) and which mixture of the picture's prototypes is its mask (as YOLACT; Bolya et al.,
    2019). The surest cells are kept, doubles suppressed.

    Takes (B, 3, H, W) in [0, 1], H and W multiples of 16; returns a mapping: `boxes` (B, M, 4) in pixels,
    `scores` (B, M) in [0, 1], falling, `labels` (B, M) and `masks` (B, M, H, W) in [0, 1]; a score of 0 is
    padding, its box, label and mask zeros.

    Args:
        classes: How many.
        prototypes: Of masks.
        most: M, the detections of a picture.
        least: Scores below it are padding.
        overlap: Above so much of one class's boxes (intersection over union) the less sure one goes.
        width: Channels of the heads.
        fine: Channels that prototypes are made from.
    """

    def __init__(
        self, *, classes: int, prototypes: int = 12, most: int = 20, least: float = 0.05,
        overlap: float = 0.5, width: int = 40, fine: int = 16,
    ) -> None:  # fmt: skip
        super().__init__()
        self.most, self.least, self.overlap = most, least, overlap
        self.trunk = Pyramid(width=width, fine=fine)
        self.head = conv_block(width, width, stride=1)
        self.classes = nn.Conv2d(width, classes, 1)
        self.sides = nn.Conv2d(width, 4, 1)
        self.mixes = nn.Conv2d(width, prototypes, 1)
        self.prototypes = nn.Conv2d(fine, prototypes, 1)

    def heads(self, x: Tensor) -> Heads:
        """Return what the network says of every cell."""
        half, quarter = self.trunk(x)
        found = self.head(quarter)
        sides = F.softplus(self.sides(found)) * STRIDE
        return Heads(self.classes(found) - PRIOR, sides, self.mixes(found), self.prototypes(half))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return boxes, scores, labels and masks."""
        return decode(self.heads(x), most=self.most, least=self.least, overlap=self.overlap)


def decode(heads: Heads, *, most: int, least: float, overlap: float) -> dict[str, Tensor]:
    """Return what a detector answers: the surest cells, doubles suppressed; see `Detector`."""
    height, width = heads.classes.shape[-2:]
    scores, order = heads.classes.sigmoid().flatten(1).sort(dim=1, descending=True, stable=True)
    scores, order = scores[:, :CANDIDATES], order[:, :CANDIDATES]
    labels, cells = order // (height * width), order % (height * width)
    boxes = _at(boxes_of(heads.sides), cells)
    stays = nms(boxes, labels, threshold=overlap) & (scores >= least)
    chosen = (~stays).int().argsort(dim=1, stable=True)[:, :most]  # those that stay, in their order
    kept = stays.gather(1, chosen)
    boxes = boxes.gather(1, chosen[..., None].expand(-1, -1, 4)) * kept[..., None]
    mixes = _at(heads.mixes, cells.gather(1, chosen))
    return {
        "boxes": boxes,
        "scores": scores.gather(1, chosen) * kept,
        "labels": labels.gather(1, chosen) * kept,
        "masks": masks_of(mixes, heads.prototypes, boxes) * kept[..., None, None],
    }


def centers(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """Return (2, height, width): x and y of the cells' centers, in pixels."""
    y, x = (STRIDE * (torch.arange(n, device=device) + 0.5) for n in (height, width))
    return torch.stack(torch.meshgrid(x, y, indexing="xy"))


def boxes_of(sides: Tensor) -> Tensor:
    """Return (B, 4, h, w) left, top, right, bottom in pixels, within the picture, from `Heads.sides`."""
    height, width = sides.shape[-2:]
    at = centers(height, width, sides.device)
    ends = sides.new_tensor([STRIDE * width, STRIDE * height])[:, None, None]
    low = (at - sides[:, :2]).clamp_min(0)
    return torch.cat((low, torch.minimum(at + sides[:, 2:], ends)), dim=1)


def masks_of(mixes: Tensor, prototypes: Tensor, boxes: Tensor) -> Tensor:
    """Return (B, M, H, W) in [0, 1]: mixtures of prototypes, 0 beyond the boxes.

    Args:
        mixes: (B, M, P).
        prototypes: (B, P, H/2, W/2).
        boxes: (B, M, 4) in pixels.
    """
    logits = torch.einsum("bmp,bphw->bmhw", mixes, prototypes)
    large = F.interpolate(logits, scale_factor=float(FINE), mode="bilinear", align_corners=False)
    return large.sigmoid() * within(boxes, large.shape[-2], large.shape[-1])


def within(boxes: Tensor, height: int, width: int, *, step: float = 1.0) -> Tensor:
    """Return (…, height, width) bool: the cells of `step` pixels that a box (…, 4) reaches, with a margin."""
    y, x = (step * (torch.arange(n, device=boxes.device) + 0.5) for n in (height, width))
    left, top, right, bottom = (boxes[..., k, None] for k in range(4))
    columns = (x > left - MARGIN) & (x < right + MARGIN)
    rows = (y > top - MARGIN) & (y < bottom + MARGIN)
    return rows[..., :, None] & columns[..., None, :]


def _at(maps: Tensor, cells: Tensor) -> Tensor:
    """Return (B, N, C): the values of maps (B, C, h, w) at cells (B, N)."""
    flat = maps.flatten(2).transpose(1, 2)
    return flat.gather(1, cells[..., None].expand(-1, -1, flat.shape[2]))
