"""Boxes and points after an edit: what belongs to the object follows it, the rest follows the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from durometer.core import Movement
from durometer.ops.follow import move_boxes_with, move_points_with
from durometer.ops.geometry import clip_boxes, move_boxes, move_points
from durometer.ops.masks import SOLID, bounding_box

Floats = npt.NDArray[np.float64]
HOLDS = 0.5
"""A box is the object's where the object's pixels inside it reach from side to side: IoU at least this."""


@dataclass(frozen=True)
class Moved:
    """Where an edit carried the object and the rest of one picture.

    Attributes:
        motion, camera: (1, 2, 3), of the object and of the whole picture: see `durometer.ops.geometry`.
        before, after: (1, H, W) the object's mask, where there is one.
        field: (1, 2, H, W): how far from each pixel the picture was read, where no motion tells it.
    """

    motion: Tensor
    camera: Tensor
    before: Tensor | None
    after: Tensor | None
    field: Tensor | None = None

    def boxes(self, boxes: Floats, height: int, width: int) -> tuple[Floats, list[int]]:
        """Return (boxes afterwards (M, 4), which of the N they are).

        A box is upright around where its own corners went, cut to the canvas. One that left the canvas, or
        whose object the edit removed, is dropped. No boxes give no boxes.

        Args:
            boxes: (N, 4) left, top, right, bottom in pixels.
            height: Of the picture.
            width: Of the picture.
        """
        given = torch.as_tensor(np.asarray(boxes, np.float64)).reshape(-1, 4)
        if self.field is not None:
            around = move_boxes_with(given, Movement((height, width), field=self.field[0]))
            seen, there = clip_boxes(around, height, width)
            places: list[int] = there.nonzero()[:, 0].tolist()
            return seen[places].numpy(), places
        own = torch.tensor([self._is_objects(box) for box in given.tolist()], dtype=torch.bool)
        moved = torch.where(
            own[:, None], move_boxes(given[None], self.motion)[0], move_boxes(given[None], self.camera)[0]
        )
        cut, left = clip_boxes(moved, height, width)
        gone = self.after is not None and not bool((self.after > 0).any())
        kept = (left & ~(own & gone)).nonzero()[:, 0].tolist()
        return cut[kept].numpy(), kept

    def points(self, points: Floats, *, of_object: bool = True) -> Floats:
        """Return points (N, 2) where they went: with the object, or with the rest of the picture."""
        given = torch.as_tensor(np.asarray(points, np.float64)).reshape(1, -1, 2)
        if self.field is not None:
            found: Floats = move_points_with(given[0], self.field[0]).numpy()
            return found
        moved: Floats = move_points(given, self.motion if of_object else self.camera)[0].numpy()
        return moved

    def _is_objects(self, box: list[float]) -> bool:
        if self.before is None:
            return False
        left, top, right, bottom = (max(0, round(edge)) for edge in box)
        inside = self.before[None, :, top:bottom, left:right]
        if inside.numel() == 0 or not bool((inside >= SOLID).any()):
            return False
        a, b, c, d = bounding_box(inside)[0].tolist()
        return bool((c - a) * (d - b) >= HOLDS * (right - left) * (bottom - top))
