"""Detection and instance segmentation: which objects are where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError, Json, Movement, Objects, Param, Sight, Target, Task, UsageError
from durometer.ops.follow import boxes_around, kept_on, move_boxes_with, move_shapes
from durometer.ops.matching import box_overlaps, greedy, mask_overlaps
from durometer.ops.runs import mask_to_runs, pack
from durometer.tasks.found import SOLID, Found, laid

OVERLAPS = np.linspace(0.5, 0.95, 10)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Detection(Task):
    """Boxes around objects; targets are `Objects` with boxes in pixels of the picture.

    The score of a picture is the F1 of its detections, those of `sure` or more, averaged over the overlaps
    .50, .55, … .95: at each, detections find objects greedily by score within their class, and F1 is twice
    the hits over detections plus objects. It is 1 where nothing is there and nothing is found; a crowd may
    be found but needn't be. Average precision speaks of a whole data set and of all scores; this is what a
    person sees in one picture, and it can be paired picture by picture.

    A row's answer is the number of sure detections, −1 where the output is not finite; it has no confidence.
    """

    name: ClassVar[str] = "detection"
    graded: ClassVar[Mapping[str, Json]] = {
        "name": "F1 of a picture's detections with a score of 0.5 or more, over IoU .50 to .95",
        "mean": "mean F1", "right": 0.5, "answers": "objects",
    }  # fmt: skip
    by_mask: ClassVar[bool] = False

    accepted: Annotated[tuple[frozenset[int], ...], Param("per label of the data: the model's labels for it")]
    sure: Annotated[float, Param("the score from which a detection counts in a row", low=0, high=1)] = 0.5

    def speaks(self, target: Target, /) -> bool:
        """Say whether a target has the objects that the model is asked for.

        Raises:
            UsageError: if it is no objects, or they lack the masks that are asked for.
        """
        if not isinstance(target, Objects):
            kind = type(target).__name__
            raise UsageError(
                f"a detector's targets are objects, and the data's are {kind}", fix="Give data with boxes"
            )
        if self.by_mask and target.masks is None:
            raise UsageError(
                "the objects have boxes only, and masks are asked for", fix="Give data with masks of objects"
            )
        return not len(target) or bool(self._known(target).any())

    def say(self, target: Objects, /) -> str:
        """Return the labels of the objects, as `0,2,2`; those that the model has no name for are left out."""
        return ",".join(map(str, sorted(target.select(self._known(target)).labels.tolist())))

    def classes(self, target: Objects, /) -> Sequence[int]:
        """Return the labels, each once, ascending."""
        return sorted(set(target.labels.tolist()))

    def move(self, target: Objects, movement: Movement, /) -> Objects:
        """Return the objects after a change; those of which nothing is left on the canvas are dropped.

        Where one object was edited by itself, its new mask is the target.

        Raises:
            DataError: if nobody knows where pixels went, or which of several objects was edited.
        """
        if movement.edited:
            return _edited(target, movement)
        masks = None if target.masks is None else move_shapes(target.masks, movement)
        boxes, masks, kept = kept_on(move_boxes_with(target.boxes, movement), masks, *movement.size)
        return Objects(boxes, target.labels, masks, target.crowd).select(kept)

    def onto(self, output: Any, sights: Sequence[Sight], /) -> tuple[Found, ...]:
        """Return what was found in each picture, in its own pixels and in the data's labels.

        Detections of classes that the data do not have are left out.
        """
        return tuple(self._named(found) for found in laid(output, sights))

    def decode(self, output: Sequence[Found], /) -> Mapping[str, Tensor]:
        """Return `answer`, the number of sure detections (−1: not finite), and no `confidence` (NaN)."""
        counts = [int((found.scores >= self.sure).sum()) if found.finite else -1 for found in output]
        return {"answer": torch.tensor(counts), "confidence": torch.full((len(output),), torch.nan)}

    def score(self, output: Sequence[Found], target: Sequence[Objects], /) -> Tensor:
        """Return (B,) the F1 of each picture, averaged over ten overlaps; 0 if the output is not finite."""
        pairs = zip(output, target, strict=True)
        return torch.tensor([self._f1(found, there) if found.finite else 0.0 for found, there in pairs])

    def loss(self, output: Any, target: Sequence[Objects], /) -> Tensor:
        """Not defined.

        Raises:
            UsageError: always: detectors share no loss over their answers.
        """
        raise UsageError("detectors share no loss over their answers, so this can't be raised or lowered")

    def tables(self, output: Sequence[Found], target: Sequence[Objects], /) -> list[dict[str, Rows]]:
        """Return the rows of `detections` and of `truths` of each picture."""
        return [
            {"detections": _detections(found), "truths": _truths(there.select(self._known(there)))}
            for found, there in zip(output, target, strict=True)
        ]

    def _known(self, target: Objects) -> Tensor:
        known = torch.tensor([bool(outputs) for outputs in self.accepted])
        return known[target.labels]

    def _named(self, found: Found) -> Found:
        label_of = {
            output: label for label, outputs in reversed([*enumerate(self.accepted)]) for output in outputs
        }
        named = torch.tensor([label_of.get(label, -1) for label in found.labels.tolist()], dtype=torch.long)
        kept = named >= 0
        masks = None if found.masks is None else found.masks[kept]
        if self.by_mask and masks is None:
            raise UsageError("the model finds no masks", fix="Ask it as a detector: task='detection'")
        return Found(found.boxes[kept], found.scores[kept], named[kept], masks, found.finite)

    def _f1(self, found: Found, target: Objects) -> float:
        there, sure = target.select(self._known(target)), found.scores >= self.sure
        crowd = np.zeros(len(there), bool) if there.crowd is None else there.crowd.numpy()
        real, n = int((~crowd).sum()), int(sure.sum())
        if not n or not len(there):
            return float(not n and not real)
        overlap = self._overlaps(found, sure, there, crowd)
        same = found.labels[sure].numpy()[:, None] == there.labels.numpy()
        right, ignored = greedy((overlap * same)[None], crowd[None], OVERLAPS)
        hits, counted = right[0].sum(axis=0), (~ignored[0]).sum(axis=0)
        return float(np.mean(np.where(counted + real > 0, 2 * hits / np.maximum(counted + real, 1), 1.0)))

    def _overlaps(self, found: Found, sure: Tensor, there: Objects, crowd: Any) -> Any:
        if not self.by_mask:
            return box_overlaps(found.boxes[sure].numpy(), there.boxes.numpy(), crowd)
        assert found.masks is not None
        assert there.masks is not None
        ours, true = ([mask_to_runs(m) for m in masks.numpy()] for masks in (found.masks[sure], there.masks))
        return mask_overlaps(ours, true, crowd)


@dataclass(frozen=True)
class InstanceSegmentation(Detection):
    """Masks of objects; targets are `Objects` with masks. Scored as `Detection`, overlaps being of masks."""

    name: ClassVar[str] = "instance-segmentation"
    graded: ClassVar[Mapping[str, Json]] = {
        **Detection.graded,
        "name": "F1 of a picture's masks with a score of 0.5 or more, over IoU .50 to .95",
    }
    by_mask: ClassVar[bool] = True


def _edited(target: Objects, movement: Movement) -> Objects:
    if len(target) != 1:
        raise DataError(f"it edits one object by itself, and this picture holds {len(target)}")
    assert movement.mask is not None
    mask = (movement.mask >= SOLID).cpu()[None]
    masks = None if target.masks is None else mask
    return Objects(boxes_around(mask), target.labels, masks, target.crowd).select(mask.flatten(1).any(dim=1))


def _detections(found: Found) -> Rows:
    masks = [""] * len(found) if found.masks is None else _packed(found.masks)
    listed = zip(found.labels.tolist(), found.scores.tolist(), found.boxes.tolist(), masks, strict=True)
    return [
        {"rank": rank, "label": label, "score": score, **_sides(box), "mask": mask}
        for rank, (label, score, box, mask) in enumerate(listed)
    ]


def _truths(target: Objects) -> Rows:
    masks = [""] * len(target) if target.masks is None else _packed(target.masks)
    crowd = [False] * len(target) if target.crowd is None else target.crowd.tolist()
    listed = zip(target.labels.tolist(), crowd, target.boxes.tolist(), masks, strict=True)
    return [
        {"number": number, "label": label, "crowd": many, **_sides(box), "mask": mask}
        for number, (label, many, box, mask) in enumerate(listed)
    ]


def _sides(box: Sequence[float]) -> dict[str, float]:
    return dict(zip(("left", "top", "right", "bottom"), box, strict=True))


def _packed(masks: Tensor) -> list[str]:
    return [pack(mask_to_runs(mask)) for mask in masks.numpy()]
