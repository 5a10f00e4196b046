"""An edit as a MAITE augmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError, Stressor
from durometer.data.maite import MASK
from durometer.data.tensors import to_array
from durometer.interop.editor import Edited, Editor
from durometer.interop.pixels import take, take_mask, whites

LOG = "durometer"
"""Key of a datum's metadata under which each edit adds what it did."""
FOLLOWS = ("boxes", "labels", "scores")


@dataclass(frozen=True)
class Boxes:
    """A detection target after an edit: MAITE's attributes, in the types that they came in."""

    boxes: Any
    labels: Any
    scores: Any


class Augmentation:
    """Any durometer edit in the shape of `maite.protocols.*.Augmentation`.

    Called with a batch (inputs, targets, metadata), it returns another. Inputs keep type, range and size.
    Targets of classification are handed on as they are; boxes of detection follow the edit. Metadata are
    extended, never replaced: `durometer` holds one entry an edit, with the facts, and `mask` the object's
    mask where it is now. A sample that can't be edited is handed on as it was, and its entry has the reason
    under `refused`: leave such samples out of both sides of a comparison.

    Args:
        edit: `size(share=0.05)`, or a stressor.
        seed: Of the dice: the same seed and datum id give the same change, and the one that a run shows on a
            canvas of the picture's own size.
        draw: Which repetition.
        donors: Backgrounds for edits that take one: a folder, or a MAITE data set with masks, …
        mask: The key of the datum metadata that holds the object's mask.
        id: Of the augmentation; the edit's name and parameters if not given.

    Raises:
        UsageError: if the edit can't be made here.
    """

    def __init__(
        self, edit: str | Stressor, *, seed: int = 0, draw: int = 0, donors: Any = None,
        mask: str = MASK, id: str | None = None,
    ) -> None:  # fmt: skip
        self.editor = Editor(edit, seed=seed, draw=draw, donors=donors)
        self.metadata = {"id": id or self.editor.label}
        self._mask = mask

    def __call__(
        self, batch: tuple[Sequence[Any], Sequence[Any], Sequence[Mapping[str, Any]]], /
    ) -> tuple[Sequence[Any], Sequence[Any], Sequence[Mapping[str, Any]]]:
        """Return the batch edited.

        Raises:
            DataError: if a picture is none, or a mask does not fit it.
        """
        inputs, targets, metadata = batch
        white = whites(inputs, where=self.metadata["id"]) if len(inputs) else []
        rows = [self._one(*given) for given in zip(inputs, targets, metadata, white, strict=True)]
        return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]

    def _one(
        self, x: Any, target: Any, metadata: Mapping[str, Any], white: float
    ) -> tuple[Any, Any, Mapping[str, Any]]:
        name = str(metadata["id"])
        picture, back = take(x, white, where=name)
        mask = take_mask(metadata.get(self._mask), picture, where=name)
        edited = self.editor(picture, id=name, mask=mask)
        told = {**metadata, LOG: [*metadata.get(LOG, ()), self._entry(edited)]}
        if edited.reason:
            return x, target, told
        if mask is not None and edited.mask is not None:
            told[self._mask] = edited.mask[0].numpy()
        return back(edited.x), _followed(target, edited, picture), told

    def _entry(self, edited: Edited) -> Mapping[str, Any]:
        spec = self.editor.spec
        made = {"edit": spec.json(), "seed": self.editor.seed, "draw": self.editor.draw}
        return {**made, "refused": edited.reason} if edited.reason else {**made, "facts": dict(edited.facts)}


def _followed(target: Any, edited: Edited, picture: Tensor) -> Any:
    if not hasattr(target, "boxes"):
        return target
    boxes = to_array(target.boxes)
    if boxes.size and (boxes.ndim != 2 or boxes.shape[1] != 4):
        raise DataError(f"boxes of shape {boxes.shape} are not (N, 4)")
    moved, kept = edited.moved.boxes(boxes, int(picture.shape[-2]), int(picture.shape[-1]))
    labels, scores = (_rows(getattr(target, name), kept) for name in FOLLOWS[1:])
    return Boxes(_as(moved, target.boxes), labels, scores)


def _rows(values: Any, kept: list[int]) -> Any:
    return values[kept] if isinstance(values, Tensor) else np.asarray(values)[kept]


def _as(boxes: np.ndarray[Any, Any], like: Any) -> Any:
    if isinstance(like, Tensor):
        return torch.as_tensor(boxes).to(like if like.is_floating_point() else torch.float32)
    kind = np.asarray(like).dtype
    return boxes.astype(kind if kind.kind == "f" else np.float64)
