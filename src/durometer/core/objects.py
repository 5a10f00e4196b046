"""What a picture holds: the target of detection and of instance segmentation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.core.errors import DataError


@dataclass(frozen=True)
class Objects:
    """The objects of one picture; none at all is a valid target.

    Attributes:
        boxes: (N, 4) float32: left, top, right, bottom in pixels of the picture that they belong to.
        labels: (N,) int64, indices into the data set's labels.
        masks: (N, H, W) bool, the pixels of each object; None where only boxes are known.
        crowd: (N,) bool: regions of many objects, which may be found but needn't be; None: there are none.

    Raises:
        DataError: if the parts differ in length or have another shape.
    """

    boxes: Tensor
    labels: Tensor
    masks: Tensor | None = None
    crowd: Tensor | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.labels.ndim != 1 or self.boxes.shape != (n, 4):
            raise DataError(f"{n} labels need boxes of shape ({n}, 4), not {tuple(self.boxes.shape)}")
        if self.masks is not None and (self.masks.ndim != 3 or len(self.masks) != n):
            raise DataError(f"{n} labels need masks of shape ({n}, H, W), not {tuple(self.masks.shape)}")
        if self.crowd is not None and self.crowd.shape != (n,):
            raise DataError(f"{n} labels need {n} marks of crowds, not {tuple(self.crowd.shape)}")

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, index: Tensor) -> Objects:
        """Return the objects at these positions, or where a (N,) mask is true."""
        return Objects(
            self.boxes[index],
            self.labels[index],
            None if self.masks is None else self.masks[index],
            None if self.crowd is None else self.crowd[index],
        )

    @staticmethod
    def nothing(height: int, width: int, *, masks: bool = False) -> Objects:
        """Return the target of a picture without objects."""
        shapes = torch.zeros(0, height, width, dtype=torch.bool) if masks else None
        return Objects(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long), shapes)


def kind_of(target: object) -> str:
    """Return in a word what a target is, for messages: labels, objects, a label map, numbers."""
    if isinstance(target, frozenset):
        return "labels"
    if isinstance(target, Objects):
        return "objects"
    if isinstance(target, Tensor):
        return "numbers" if target.is_floating_point() else "label maps"
    return type(target).__name__
