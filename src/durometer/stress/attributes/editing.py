"""What object edits share: which masks can be edited, and how a result is handed back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from durometer.core import Batch, Scalar
from durometer.ops.geometry import recorded
from durometer.ops.masks import TRACE, bounding_box, centroid, share
from durometer.ops.warp import Box, Point, Similarity

FEWEST_PIXELS = 16
SMALLEST, LARGEST = 0.0005, 0.95
PLACE = ("center_x", "center_y")
"""Facts of the mask that one without an object doesn't have."""
AS_IT_IS = Similarity(about=(0.0, 0.0), to=(0.0, 0.0))


class Subject:
    """The objects of a batch, measured once: plain Python numbers, one a sample.

    Attributes:
        mask: (B, 1, H, W).
        share: Share of the canvas that each object covers.
        center: Its centroid (x, y) in pixels.
        box: Its bounding box in pixels, faint edges included.
        refused: Position -> why this object can't be edited, refusals of earlier edits first.
    """

    def __init__(self, batch: Batch) -> None:
        self.mask = batch.aux["mask"]
        self.height, self.width = self.mask.shape[-2:]
        self.share: list[float] = share(self.mask).tolist()
        self.center: list[Point] = [(x, y) for x, y in centroid(self.mask).tolist()]
        self.box: list[Box] = [(a, b, c, d) for a, b, c, d in bounding_box(self.mask, TRACE).tolist()]
        self.refused: dict[int, str] = {**_unfit(self.share, self.height * self.width), **batch.refused}

    @property
    def usable(self) -> list[int]:
        """Positions of the objects that can be edited so far."""
        return [i for i in range(len(self.share)) if i not in self.refused]

    def inside(self, box: Box) -> bool:
        """Does a box lie on the canvas, within a hundredth of a pixel?"""
        left, top, right, bottom = box
        return left >= -0.01 and top >= -0.01 and right <= self.width + 0.01 and bottom <= self.height + 0.01

    def touches_frame(self) -> list[bool]:
        """Say which objects reach the edge of the canvas, and so may be cut by the picture's frame."""
        edge = (self.width, self.height)
        return [b[0] <= 0 or b[1] <= 0 or b[2] >= edge[0] or b[3] >= edge[1] for b in self.box]


def _unfit(shares: Sequence[float], pixels: int) -> dict[int, str]:
    reasons = {i: unfit_reason(s, pixels) for i, s in enumerate(shares)}
    return {i: reason for i, reason in reasons.items() if reason}


def unfit_reason(covered: float, pixels: int) -> str:
    """Return why an object that covers this share of so many pixels can't be edited; empty if it can."""
    if covered == 0:
        return "the mask is empty; give a mask in which the object is not zero"
    if covered > LARGEST:
        return "the mask covers the canvas and leaves no background; check that it is not inverted"
    fewest = max(FEWEST_PIXELS, math.ceil(SMALLEST * pixels))
    if covered * pixels < fewest:
        return (
            f"the object has fewer than the {fewest} pixels that an edit needs; "
            "use a larger canvas or leave out objects this small"
        )
    return ""


def hand_back(
    batch: Batch,
    subject: Subject,
    *,
    x: Tensor,
    mask: Tensor | None = None,
    background: Tensor | None = None,
    facts: Mapping[str, Sequence[Scalar]] | None = None,
    motion: Tensor | None = None,
) -> Batch:
    """Return the batch with its new pixels, mask, facts and refusals.

    The facts `object_share`, `center_x` and `center_y` are measured on the mask that is returned.

    Args:
        batch: What the edit was given.
        subject: What was measured on it, and what was refused.
        x: (B, C, H, W).
        mask: The object's new mask; the old one if it did not move.
        background: The new background without the object, if the edit changed it.
        facts: More facts, one value a sample.
        motion: Where the object went, if it moved: see `durometer.ops.geometry`.
    """
    aux = dict(batch.aux)
    if motion is not None:
        aux |= recorded(batch, motion, whole=False)
    if mask is not None:
        aux["mask"] = mask
    if background is not None:
        aux["filled"] = background
    columns = {**_measured(aux["mask"]), **(facts or {})}
    before = {name: column for name, column in batch.facts.items() if name not in PLACE}  # of another mask
    told = {
        name: tuple(None if i in subject.refused else value for i, value in enumerate(column))
        for name, column in columns.items()
    }
    return batch.but(x=x, aux=aux, facts={**before, **told}, refused=dict(sorted(subject.refused.items())))


def _measured(mask: Tensor) -> dict[str, list[Scalar]]:
    size = torch.tensor(mask.shape[-1:-3:-1], dtype=torch.float64)
    covered = share(mask).tolist()
    columns: dict[str, list[Scalar]] = {"object_share": [round(s, 6) for s in covered]}
    if any(covered):
        for name, column in zip(PLACE, (centroid(mask).cpu() / size).T.tolist(), strict=True):
            columns[name] = [round(v, 6) if s else None for v, s in zip(column, covered, strict=True)]
    return columns


def lost(subject: Subject, mask: Tensor, most: float, fix: str) -> list[float]:
    """Return the share of each object that a move took off the canvas, refusing those that lost too much.

    Only for moves that keep the size; what resampling adds or takes (well below a hundredth) is not counted.
    """
    left = share(mask).tolist()
    gone = [
        round(max(0.0, 1 - now / was), 4) if was else 0.0
        for now, was in zip(left, subject.share, strict=True)
    ]
    for i in subject.usable:
        if gone[i] > most:
            subject.refused[i] = f"more than {most:.0%} of the object would leave the canvas; {fix}"
    return gone
