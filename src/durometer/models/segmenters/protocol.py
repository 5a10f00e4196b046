"""What a segmenter is: pictures in, soft masks out, and how sure it is of each."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from torch import Tensor


class Segmented(NamedTuple):
    """Masks that were made.

    Attributes:
        masks: (B, 1, H, W) float32 in [0, 1], 1 on the object; all 0 where none was found.
        confidence: (B,) float64 in [0, 1]; 0 where no object was found. What it means is the method's own.
    """

    masks: Tensor
    confidence: Tensor


@runtime_checkable
class Segmenter(Protocol):
    """Finds the one main object of each picture. A frozen dataclass whose annotated fields are its
    parameters.

    Attributes:
        name: The registered name.
        version: Raised whenever the same parameters would give other masks.
        source: Key in the references file, or empty.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    source: ClassVar[str]

    def __call__(self, x: Tensor, boxes: Tensor | None = None, /) -> Segmented:
        """Return the masks of pictures (B, 3, H, W) in [0, 1].

        Args:
            x: The pictures.
            boxes: (B, 4): left, top, right, bottom in pixels, the last two exclusive; the object lies
                inside. A row of zeros stands for no box.
        """
        ...
