"""Flip rate: how often the answer changes along a sequence of frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows, UsageError
from durometer.measures.arms import only, side_by_side
from durometer.measures.normalizers import ALEXNET_FLIPS, NOISE, normalizers
from durometer.measures.severities import weighted_arm
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]
NEEDS = frozenset({"position", "draw", "condition", "answer", "status"})


@dataclass(frozen=True)
class FlipRate(Measure):
    """Share of the frames after the first whose answer is not that of the frame before, mean over samples.

    Against the first frame instead where frames are independent draws of noise. Of several draws of a
    condition the first counts.

    Source: Hendrycks and Dietterich (2019), the flip probability of ImageNet-P.
    """

    name: ClassVar[str] = "flip rate"
    needs: ClassVar[frozenset[str]] = NEEDS
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "hendrycks2019"

    frames: Annotated[tuple[str, ...], Param("Spec keys of the frames in order")] = ("canvas", "edited")
    against: Annotated[Literal["previous", "first"], Param("the frame that each is compared with")] = (
        "previous"
    )
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share, 0 to 1.

        Raises:
            UsageError: fewer than two frames.
        """
        rate = _rates(_answers(rows, self.frames), self.against == "first")
        return of_means(1 - rate[:, None], lambda m: 1 - m[:, 0], level=self.level, low=0.0, high=1.0)


@dataclass(frozen=True)
class MFR(Measure):
    """mFR: mean over sequences of flip rate / flip rate of AlexNet; 1 = as AlexNet.

    The literature gives it times 100, over all ten sequences of ImageNet-P. Frames of noise are compared with
    the first frame, those of other sequences with the one before.

    Source: Hendrycks and Dietterich (2019).
    """

    name: ClassVar[str] = "mFR"
    needs: ClassVar[frozenset[str]] = NEEDS
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "hendrycks2019"

    sequences: Annotated[tuple[str, ...], Param("names of the sequences")] = ("brightness",)
    lengths: Annotated[tuple[int, ...], Param("how many frames each has", low=2)] = (2,)
    frames: Annotated[tuple[str, ...], Param("Spec keys, all frames of each sequence in turn")] = (
        "canvas", "edited",
    )  # fmt: skip
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean ratio, 0 or more.

        Raises:
            UsageError: a sequence without a normalizer, or lengths that do not fit.
        """
        weights = [1 / rate for rate in normalizers(self.sequences, ALEXNET_FLIPS, of=self.name)]
        if len(self.lengths) != len(weights) or sum(self.lengths) != len(self.frames):
            raise UsageError(
                f"mFR of {len(weights)} sequences was given {len(self.lengths)} lengths, together "
                f"{sum(self.lengths)}, and {len(self.frames)} frames",
                fix="Give one length a sequence, and as many frames as they sum to",
            )
        parts = np.split(_answers(rows, self.frames), np.cumsum(self.lengths)[:-1], axis=1)
        rates = [_rates(p, name in NOISE) for p, name in zip(parts, self.sequences, strict=True)]
        steady = weighted_arm(1 - np.stack(rates, 1), weights, group=1)
        scale = float(np.mean(weights))
        return of_means(steady[:, None], lambda m: scale * (1 - m[:, 0]), level=self.level, low=0.0)


def _answers(rows: Rows, frames: Sequence[str]) -> Floats:
    """Return (n, frames) answers of the samples that every frame could edit."""
    first = only(rows, rows["draw"] == 0)
    return side_by_side({**first, "score": first["answer"]}, frames)


def _rates(answers: Floats, first: bool) -> Floats:
    if answers.shape[1] < 2:
        raise UsageError("a flip rate needs two frames at least", fix="Give more frames of the sequence")
    reference = answers[:, :1] if first else answers[:, :-1]
    return np.asarray((answers[:, 1:] != reference).mean(1))
