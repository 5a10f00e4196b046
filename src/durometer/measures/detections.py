"""What is there and what was found, as columns: one row an object, over all pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import Objects, UsageError
from durometer.ops.runs import mask_to_runs

Column = np.ndarray[Any, Any]
Runs = tuple[Column, ...]
"""A mask an object, as run lengths (`durometer.ops.runs`)."""
SOLID = 0.5
"""A detection's soft mask holds the pixels from here on."""


@dataclass(frozen=True)
class Truths:
    """The objects that are there.

    Attributes:
        image: (N,) which picture, from 0.
        label: (N,) which class, from 0.
        boxes: (N, 4) left, top, right, bottom in pixels.
        crowd: (N,) bool: a region of many objects, which may be found but needn't be.
        runs: N masks as run lengths; None where only boxes are known.

    Raises:
        UsageError: if the columns differ in length.
    """

    image: Column
    label: Column
    boxes: Column
    crowd: Column
    runs: Runs | None = None

    def __post_init__(self) -> None:
        _check("truths", self.boxes, self.runs, self.image, self.label, self.crowd)

    @classmethod
    def of(cls, pictures: Sequence[Objects]) -> Truths:
        """Return the columns of pictures' objects, with masks where every picture has them."""
        masks = [o.masks for o in pictures if o.masks is not None]
        return cls(
            np.repeat(np.arange(len(pictures)), [len(o) for o in pictures]),
            _column([o.labels for o in pictures], torch.zeros(0, dtype=torch.long)),
            _column([o.boxes for o in pictures], torch.zeros(0, 4)),
            _column(
                [torch.zeros(len(o), dtype=torch.bool) if o.crowd is None else o.crowd for o in pictures],
                torch.zeros(0, dtype=torch.bool),
            ),
            tuple(mask_to_runs(m.numpy()) for of in masks for m in of)
            if len(masks) == len(pictures)
            else None,
        )


@dataclass(frozen=True)
class Detections:
    """The objects that were found.

    Attributes:
        image: (N,) which picture, from 0.
        label: (N,) which class, from 0.
        score: (N,) how sure; only their order counts.
        boxes: (N, 4) left, top, right, bottom in pixels.
        runs: N masks as run lengths; None where only boxes are known.

    Raises:
        UsageError: if the columns differ in length, or a score is not finite.
    """

    image: Column
    label: Column
    score: Column
    boxes: Column
    runs: Runs | None = None

    def __post_init__(self) -> None:
        _check("detections", self.boxes, self.runs, self.image, self.label, self.score)
        if not np.isfinite(self.score).all():
            raise UsageError("a score of the detections is not finite", fix="Leave such detections out")

    @classmethod
    def of(cls, output: Mapping[str, Tensor]) -> Detections:
        """Return the columns of a detector's output for B pictures, without its padding (a score of 0).

        Args:
            output: `boxes` (B, M, 4), `scores` and `labels` (B, M), perhaps `masks` (B, M, h, w) in [0, 1].
        """
        kept = output["scores"] > 0
        runs = None
        if "masks" in output:
            runs = tuple(mask_to_runs(m) for m in (output["masks"][kept] >= SOLID).cpu().numpy())
        return cls(
            kept.nonzero()[:, 0].cpu().numpy(),
            output["labels"][kept].cpu().numpy(),
            output["scores"][kept].double().cpu().numpy(),
            output["boxes"][kept].double().cpu().numpy(),
            runs,
        )


def _column(parts: Sequence[Tensor], nothing: Tensor) -> Column:
    joined: Column = torch.cat([nothing, *parts]).numpy()
    return joined


def _check(what: str, boxes: Column, runs: Runs | None, *columns: Column) -> None:
    n = len(columns[0])
    if any(column.shape != (n,) for column in columns) or boxes.shape != (n, 4):
        shapes = ", ".join(str(column.shape) for column in (*columns, boxes))
        raise UsageError(f"the columns of the {what} differ in length: {shapes}")
    if runs is not None and len(runs) != n:
        raise UsageError(f"{n} {what} have {len(runs)} masks", fix="Give one of each, or none at all")
