"""An edit as an NRTK perturber."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from durometer.core import DataError, Json, Stressor, UsageError
from durometer.interop.editor import Editor
from durometer.interop.pixels import take, take_mask
from durometer.stress import STRESSORS

Image = npt.NDArray[Any]
Boxes = Iterable[tuple[Any, Mapping[Hashable, float]]]


class Perturber:
    """Any durometer edit in the shape of `nrtk.interfaces.PerturbImage`.

    Boxes follow the edit, those of the object with it, those of the rest with the picture; none and no boxes
    at all are as good as any. What has left the canvas is dropped.

    Args:
        edit: `size(share=0.05)`, or a registered stressor.
        seed: Of the dice: the same seed and id give the same change.
        draw: Which repetition.
        donors: Backgrounds for edits that take one: a folder, or a data set with masks.

    Raises:
        UsageError: if the edit can't be made here.
    """

    def __init__(self, edit: str | Stressor, *, seed: int = 0, draw: int = 0, donors: Any = None) -> None:
        self.editor = Editor(edit, seed=seed, draw=draw, donors=donors)
        self._donors = donors

    def perturb(
        self, *, image: Image, boxes: Boxes | None = None, mask: Any = None, id: Any = None, **kwargs: Any
    ) -> tuple[Image, list[tuple[Any, dict[Hashable, float]]] | None]:
        """Return (the picture edited, its boxes moved).

        Args:
            image: (H, W), (H, W, 1) or (H, W, 3) uint8.
            boxes: (box, scores) pairs; a box has `min_vertex` and `max_vertex` (x, y) and is made of them.
            mask: (H, W) of the object, where the edit needs it.
            id: Whose dice are thrown; the picture's own pixels if not given.
            kwargs: Left alone.

        Raises:
            DataError: if the picture can't be edited; says why.
        """
        name = _digest(image) if id is None else str(id)
        if image.dtype != np.uint8 or image.ndim not in (2, 3):
            raise DataError(f"{image.shape} {image.dtype} is not (H, W, C) uint8", where=name)
        channels = image[None] if image.ndim == 2 else np.moveaxis(image, -1, 0)
        picture, back = take(channels, 255.0, where=name)
        edited = self.editor(picture, id=name, mask=take_mask(mask, picture, where=name))
        if edited.reason:
            raise DataError(edited.reason, where=name)
        made: Image = back(edited.x)
        made = made[0] if image.ndim == 2 else np.ascontiguousarray(np.moveaxis(made, 0, -1))
        if boxes is None:
            return made, None
        pairs = [(box, dict(scores)) for box, scores in boxes]
        corners = np.array([[*box.min_vertex, *box.max_vertex] for box, _ in pairs], np.float64).reshape(
            -1, 4
        )
        moved, kept = edited.moved.boxes(corners, *image.shape[:2])
        return made, [
            (type(pairs[i][0])(tuple(box[:2]), tuple(box[2:])), pairs[i][1])
            for i, box in zip(kept, moved.tolist(), strict=True)
        ]

    def __call__(
        self, *, image: Image, boxes: Boxes | None = None, **kwargs: Any
    ) -> tuple[Image, list[tuple[Any, dict[Hashable, float]]] | None]:
        """Return the same as `perturb`."""
        return self.perturb(image=image, boxes=boxes, **kwargs)

    def get_config(self) -> dict[str, Json]:
        """Return what makes this perturber again, as JSON: the edit's name and all its parameters.

        Raises:
            UsageError: if its donors are not a folder, which JSON can't say.
        """
        if self._donors is not None and not isinstance(self._donors, str):
            raise UsageError("only donors that are a folder's name can be written down", fix="Give a folder")
        spec = self.editor.spec
        return {
            "edit": spec.name, "params": dict(spec.params), "seed": self.editor.seed,
            "draw": self.editor.draw, "donors": self._donors,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config_dict: Mapping[str, Json], merge_default: bool = True) -> Perturber:
        """Return the perturber that `get_config` wrote down."""
        given = dict(config_dict)
        stressor = STRESSORS.make(given.pop("edit"), given.pop("params", {}))
        return cls(stressor, **given)

    @classmethod
    def get_type_string(cls) -> str:
        """Return the class as text."""
        return f"{cls.__module__}.{cls.__name__}"


def _digest(image: Image) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()[:32]
