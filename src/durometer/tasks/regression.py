"""Regression: answers are numbers, a few of them or a picture; reconstruction: the picture itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar

import torch
from torch import Tensor

from durometer.core import DataError, Json, ModelError, Movement, Param, Sight, Target, Task, UsageError
from durometer.core.objects import kind_of
from durometer.ops.color import luma
from durometer.ops.fidelity import Fidelity, fidelity
from durometer.ops.follow import move_values
from durometer.tasks.found import sampled_on

FINITE, NOT_FINITE = 0, -1


@dataclass(frozen=True)
class Regression(Task):
    """Numbers for each picture; targets are float tensors: (K,), or (C, H, W) of the picture's size.

    NaN in a target says nothing of that value: it counts nowhere. What lies on the picture follows its
    pixels, and is NaN where they come from beyond the edge; K numbers are taken to hold wherever they go.

    The score must lie in [0, 1] and fall as an answer gets worse. Of a picture it is the mean structural
    similarity, 0 where that is negative: it has a fixed scale, which squared errors lack. Of K numbers it is
    1 / (1 + mse / scale²): falling without an end, so that an attack always has somewhere to go, and 0.5
    where the answer is off by `scale` in the root mean square. A row's answer is 0, and −1 where the output
    is not finite.
    """

    name: ClassVar[str] = "regression"
    graded: ClassVar[Mapping[str, Json]] = {
        "name": "SSIM of pictures, 1 / (1 + mse / scale²) of numbers", "mean": "mean score", "right": 0.5,
        "answers": "numbers",
    }  # fmt: skip

    scale: Annotated[float, Param("error that halves the score of numbers", unit="as the target", low=0)] = (
        1.0
    )

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise UsageError(f"scale = {self.scale} is no error", fix="Give one above 0")

    def speaks(self, target: Target, /) -> bool:
        """Say whether a target gives any value.

        Raises:
            UsageError: if it is no float tensor (K,) or (C, H, W).
        """
        if not isinstance(target, Tensor) or not target.is_floating_point() or target.ndim not in (1, 3):
            raise UsageError(
                f"targets of regression are float tensors, and the data's are {kind_of(target)}",
                fix="Give data with a float tensor (K,) or (C, H, W) for each picture",
            )
        return bool(target.isfinite().any())

    def move(self, target: Tensor, movement: Movement, /) -> Tensor:
        """Return a target after the pixels moved.

        Raises:
            DataError: if it lies on the picture, and nobody knows where pixels went, an object was edited by
                itself and nobody knows what is then true, or nothing known is left.
        """
        moved = target if target.ndim == 1 else move_values(target, movement)
        if not bool(moved.isfinite().any()):
            raise DataError("nothing that is known is left on the canvas")
        return moved

    def onto(self, output: Any, sights: Sequence[Sight], /) -> tuple[Tensor, ...]:
        """Return each picture's answer: numbers as they are, a picture as large as what was shown.

        Beyond a model's own crop its outermost values go on.

        Raises:
            ModelError: if the output is neither (B, K) nor (B, C, h, w).
        """
        if not isinstance(output, Tensor) or output.ndim not in (2, 4):
            got = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else type(output).__name__
            raise ModelError(f"answered with {got}", fix="Return (B, K) numbers or pictures (B, C, h, w)")
        if output.ndim == 2:
            return tuple(output.float())
        laid = zip(output.float(), sights, strict=True)
        return tuple(sampled_on(one[None], sight, padding="border")[0] for one, sight in laid)

    def decode(self, output: Sequence[Tensor], /) -> Mapping[str, Tensor]:
        """Return `answer`, 0 or −1 where the output is not finite, and no `confidence` (NaN)."""
        answers = [FINITE if bool(one.isfinite().all()) else NOT_FINITE for one in output]
        return {"answer": torch.tensor(answers), "confidence": torch.full((len(answers),), torch.nan)}

    def score(self, output: Sequence[Tensor], target: Sequence[Tensor], /) -> Tensor:
        """Return (B,) in [0, 1]; see the class. An output that is not finite scores 0."""
        return torch.tensor([self._score(*both) for both in zip(output, target, strict=True)])

    def loss(self, output: Tensor, target: Sequence[Tensor], /) -> Tensor:
        """Return (B,) the mean squared error over the known values; targets as large as the output."""
        rows = []
        for one, y in zip(output, target, strict=True):
            wanted = _fitting(y, one)
            known = wanted.isfinite()
            rows.append((one[known] - wanted[known]).square().mean())
        return torch.stack(rows)

    def tables(
        self, output: Sequence[Tensor], target: Sequence[Tensor], /
    ) -> list[dict[str, list[dict[str, Any]]]]:
        """Return the row of `errors` of each picture; none where the output is not finite."""
        made = [self._errors(*both) for both in zip(output, target, strict=True)]
        return [{"errors": [asdict(one)] if one else []} for one in made]

    def _score(self, one: Tensor, target: Tensor) -> float:
        found = self._errors(one, target)
        if found is None:
            return 0.0
        if found.ssim is None:
            return 1 / (1 + found.mse / self.scale**2)
        return min(1.0, max(0.0, found.ssim))

    def _errors(self, one: Tensor, target: Tensor) -> Fidelity | None:
        return fidelity(one, _fitting(target, one)) if bool(one.isfinite().all()) else None


@dataclass(frozen=True)
class Reconstruction(Regression):
    """The picture that was measured, from its measurements; the truth is the picture that was shown.

    A change is one of the thing before it is measured: a model f is shown f(A T(t)) and compared with T(t).
    So a turn, a square cut out and noise all change what is asked for, and no target must be guessed. Data
    may be any pictures; what they are targets of otherwise is not looked at. Pictures are gray (luma).
    """

    name: ClassVar[str] = "reconstruction"
    graded: ClassVar[Mapping[str, Json]] = {
        "name": "SSIM with the picture that was measured", "mean": "mean SSIM", "right": 0.5,
        "answers": "numbers",
    }  # fmt: skip

    def speaks(self, target: Target, /) -> bool:
        """Any picture can be measured."""
        return True

    def move(self, target: Target, movement: Movement, /) -> Target:
        """The picture that is shown decides: see `seen`."""
        return target

    def seen(self, target: Target, picture: Tensor, /) -> Tensor:
        """Return (1, H, W) float32 in [0, 1]: the picture in gray."""
        x = picture.float() / 255 if picture.dtype == torch.uint8 else picture
        return luma(x[None])[0]


def _fitting(target: Tensor, one: Tensor) -> Tensor:
    """Return a target where the output is.

    Raises:
        ModelError: if their shapes differ.
    """
    if target.shape != one.shape:
        raise ModelError(
            f"answers {tuple(one.shape)} where the target is {tuple(target.shape)}",
            fix="Give a model whose answers have the shape of the targets, and a canvas of its size",
        )
    return target.to(one.device)
