"""Flip rate: how often the answer changes along a sequence of frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.frames import before, framed, in_turn
from durometer.measures.normalizers import ALEXNET_FLIPS, NOISE, normalizers
from durometer.measures.severities import weighted_arm
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]
NEEDS = frozenset({"position", "draw", "condition", "answer", "status"})


FRAMES = "Spec keys of the frames in order; a key that comes again is the next draw of its condition"


@dataclass(frozen=True)
class FlipRate(Measure):
    """Share of the frames after the first whose answer is not that of the frame before, mean over samples.

    Against the first frame instead where frames are independent draws of noise.

    Source: Hendrycks and Dietterich (2019), the flip probability of ImageNet-P.
    """

    name: ClassVar[str] = "flip rate"
    needs: ClassVar[frozenset[str]] = NEEDS
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "hendrycks2019"

    frames: Annotated[tuple[str, ...], Param(FRAMES)] = ("canvas", "edited")
    against: Annotated[Literal["previous", "first"], Param("the frame that each is compared with")] = (
        "previous"
    )
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share, 0 to 1.

        Raises:
            UsageError: fewer than two frames.
        """
        (answers,) = framed(rows, in_turn(("",), (len(self.frames),), self.frames, of=self.name), "answer")
        rate = flipped(answers, first=self.against == "first").mean(1)
        return of_means(1 - rate[:, None], lambda m: 1 - m[:, 0], level=self.level, low=0.0, high=1.0)


@dataclass(frozen=True)
class MeanFlipRate(Measure):
    """Mean over sequences of the flip rate, not normalized.

    Frames of noise are compared with the first frame, those of other sequences with the one before. This is
    what CIFAR-10-P's script prints, over ten sequences.

    Source: Hendrycks and Dietterich (2019).
    """

    name: ClassVar[str] = "mean flip rate"
    needs: ClassVar[frozenset[str]] = NEEDS
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "share"
    source: ClassVar[str] = "hendrycks2019"

    sequences: Annotated[tuple[str, ...], Param("names of the sequences")] = ("brightness",)
    lengths: Annotated[tuple[int, ...], Param("how many frames each has", low=2)] = (2,)
    frames: Annotated[tuple[str, ...], Param(FRAMES + ", all of each sequence in turn")] = (
        "canvas", "edited",
    )  # fmt: skip
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean share, 0 to 1.

        Raises:
            UsageError: lengths that do not fit.
        """
        steady = self._steady(rows, [1.0] * len(self.sequences))
        return of_means(steady, lambda m: 1 - m[:, 0], level=self.level, low=0.0, high=1.0)

    def _steady(self, rows: Rows, weights: list[float]) -> Floats:
        """Return (n, 1): the weighted share of frames that keep the answer."""
        frames = in_turn(self.sequences, self.lengths, self.frames, of=self.name)
        named = zip(framed(rows, frames, "answer"), self.sequences, strict=True)
        rates = [flipped(part, first=name in NOISE).mean(1) for part, name in named]
        return weighted_arm(1 - np.stack(rates, 1), weights, group=1)[:, None]


@dataclass(frozen=True)
class MFR(MeanFlipRate):
    """mFR: mean over sequences of flip rate / flip rate of AlexNet; 1 = as AlexNet.

    The literature gives it times 100, over all ten sequences of ImageNet-P.

    Source: Hendrycks and Dietterich (2019).
    """

    name: ClassVar[str] = "mFR"
    unit: ClassVar[str] = "ratio"

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean ratio, 0 or more.

        Raises:
            UsageError: a sequence without a normalizer, or lengths that do not fit.
        """
        weights = [1 / rate for rate in normalizers(self.sequences, ALEXNET_FLIPS, of=self.name)]
        scale = float(np.mean(weights))
        steady = self._steady(rows, weights)
        return of_means(steady, lambda m: scale * (1 - m[:, 0]), level=self.level, low=0.0)


def flipped(answers: Floats, *, first: bool) -> Floats:
    """Return (n, frames − 1): 1 where the answer of (n, frames) is another than that it is compared with."""
    return np.asarray(answers[:, 1:] != before(answers, first=first), np.float64)
