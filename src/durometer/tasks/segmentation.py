"""Semantic segmentation: of which class each pixel is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from durometer.core import DataError, Json, ModelError, Movement, Param, Sight, Target, Task, UsageError
from durometer.ops.follow import IGNORE, move_labels
from durometer.tasks.found import sampled_on

OTHER, NOT_FINITE = -1, -2
"""In an answer: a class that the data do not have, or nothing was shown there; the output is not finite."""


@dataclass(frozen=True)
class SemanticSegmentation(Task):
    """A class for each pixel; targets are (H, W) int64 maps of the data's labels, 255 where nothing is said.

    The score of a picture is the mean, over the classes that its target holds, of intersection over union:
    pixels that are of the class and were said to be, over those that are or were said to be. Pixels marked
    255 count nowhere; pixels that the model's own crop leaves out count as missed.

    A row's answer is the class said of most pixels, −1 where the output is not finite; it has no confidence.
    """

    name: ClassVar[str] = "semantic-segmentation"
    graded: ClassVar[Mapping[str, Json]] = {
        "name": "IoU of a picture, mean over the classes in it", "mean": "mean IoU", "right": 0.5,
        "answers": "labels",
    }  # fmt: skip

    accepted: Annotated[
        tuple[frozenset[int], ...], Param("per label of the data: the outputs that are right")
    ]

    def speaks(self, target: Target, /) -> bool:
        """Say whether any pixel of a target is of a class that the model has.

        Raises:
            UsageError: if it is no label map.
        """
        if not isinstance(target, Tensor) or target.ndim != 2 or target.is_floating_point():
            raise UsageError(
                f"a segmenter's targets are label maps, and the data's are {type(target).__name__}",
                fix="Give data with an (H, W) map of labels for each picture",
            )
        return bool((self._known(target) != IGNORE).any())

    def say(self, target: Tensor, /) -> str:
        """Return the classes in it that the model has, as `0,3`."""
        return ",".join(map(str, _classes(self._known(target))))

    def classes(self, target: Tensor, /) -> Sequence[int]:
        """Return the labels in it, ascending."""
        return _classes(target)

    def move(self, target: Tensor, movement: Movement, /) -> Tensor:
        """Return the map after a change; what opens at an edge is marked 255.

        Raises:
            DataError: if nobody knows where pixels went, one object was edited by itself, or nothing is left.
        """
        if movement.edited:
            raise DataError("it edits one object by itself, and what lies behind it is not known")
        moved = move_labels(target, movement)
        if not bool((moved != IGNORE).any()):
            raise DataError("nothing that has a label is left on the canvas")
        return moved

    def onto(self, output: Any, sights: Sequence[Sight], /) -> tuple[Tensor, ...]:
        """Return a map (H, W) int64 of the data's labels for each picture, as large as the picture.

        Scores are read between the input's pixels, then the largest wins.

        Raises:
            ModelError: if the output is not (B, K, h, w).
        """
        wanted = max(map(max, filter(None, self.accepted)))
        if not isinstance(output, Tensor) or output.ndim != 4 or output.shape[1] <= wanted:
            got = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else type(output).__name__
            raise ModelError(f"answered with {got}", fix="A segmenter returns (B, K, h, w): K scores a pixel")
        return tuple(self._map(scores.float(), sight) for scores, sight in zip(output, sights, strict=True))

    def decode(self, output: Sequence[Tensor], /) -> Mapping[str, Tensor]:
        """Return `answer`, the class said of most pixels (−1: not finite), and no `confidence` (NaN)."""
        answers = [
            int(one[one >= 0].mode()[0]) if bool((one >= 0).any()) else self._none(one) for one in output
        ]
        return {"answer": torch.tensor(answers), "confidence": torch.full((len(output),), torch.nan)}

    def score(self, output: Sequence[Tensor], target: Sequence[Tensor], /) -> Tensor:
        """Return (B,) the mean IoU of each picture over the classes in its target."""
        return torch.tensor([self._iou(one, y) for one, y in zip(output, target, strict=True)])

    def loss(self, output: Tensor, target: Sequence[Tensor], /) -> Tensor:
        """Return (B,) the mean cross-entropy of the labeled pixels; targets as large as the output."""
        right = torch.stack([self._outputs(label, output) for label in range(len(self.accepted))])
        rows = []
        for one, y in zip(output.log_softmax(dim=1), target, strict=True):
            known = self._known(y).to(one.device)
            at = known != IGNORE
            rows.append(-one[:, at].T.masked_fill(~right[known[at]], -torch.inf).logsumexp(dim=1).mean())
        return torch.stack(rows)

    def tables(
        self, output: Sequence[Tensor], target: Sequence[Tensor], /
    ) -> list[dict[str, list[dict[str, Any]]]]:
        """Return the rows of `regions` of each picture: pixels of each class, true, predicted and both."""
        return [{"regions": self._regions(one, y)} for one, y in zip(output, target, strict=True)]

    def _map(self, scores: Tensor, sight: Sight) -> Tensor:
        if not bool(scores.isfinite().all()):
            return torch.full(sight.size, NOT_FINITE)
        said = sampled_on(scores[None], sight, padding="border")[0].argmax(dim=0).cpu()
        label_of = torch.full((len(scores),), OTHER)
        for label, outputs in reversed([*enumerate(self.accepted)]):
            label_of[sorted(outputs)] = label
        top, left, bottom, right = (round(edge) for edge in sight.visible)
        whole = torch.full(sight.size, OTHER)
        whole[top:bottom, left:right] = label_of[said][top:bottom, left:right]
        return whole

    def _none(self, one: Tensor) -> int:
        return -1 if bool((one == NOT_FINITE).any()) else len(self.accepted)

    def _known(self, target: Tensor) -> Tensor:
        """Return the map with what the model has no class for marked 255."""
        table = torch.full((IGNORE + 1,), IGNORE)
        for label, outputs in enumerate(self.accepted):
            table[label] = label if outputs else IGNORE
        return table[target]

    def _outputs(self, label: int, output: Tensor) -> Tensor:
        right = torch.zeros(output.shape[1], dtype=torch.bool, device=output.device)
        right[sorted(self.accepted[label])] = True
        return right

    def _iou(self, one: Tensor, target: Tensor) -> float:
        rows = [r for r in self._regions(one, target) if r["true"]]
        shares = [r["shared"] / (r["true"] + r["predicted"] - r["shared"]) for r in rows]
        return sum(shares) / len(shares) if shares else 0.0

    def _regions(self, one: Tensor, target: Tensor) -> list[dict[str, Any]]:
        known = self._known(target)
        kept = known != IGNORE
        said, true = one[kept], known[kept]
        n = len(self.accepted)
        counts = [
            torch.bincount(values[values >= 0], minlength=n) for values in (said[said == true], said, true)
        ]
        listed = zip(*(c.tolist() for c in counts), strict=True)
        return [
            {"label": label, "shared": both, "predicted": predicted, "true": real}
            for label, (both, predicted, real) in enumerate(listed)
            if predicted or real
        ]


def _classes(target: Tensor) -> list[int]:
    return [int(label) for label in np.unique(target.numpy()) if label != IGNORE]
