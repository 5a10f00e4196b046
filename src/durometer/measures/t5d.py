"""T5D: how far the five likeliest answers move along a sequence of frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.flip_rate import FRAMES
from durometer.measures.frames import before, framed, in_turn
from durometer.measures.normalizers import NOISE
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]
TOP = 5
FARTHEST = 15
"""All five leave: 5 + 4 + 3 + 2 + 1 places."""


@dataclass(frozen=True)
class MeanT5D(Measure):
    """mT5D: mean over sequences of the top-5 distance between a frame and the one before, in places.

    The distance is that of the published script: each of the five answers of the earlier frame moves
    |i − j| places, from its place i, 1 to 5, to its place j in the other frame, all places beyond the fifth
    counting as the sixth. So five answers a frame say all of it. Frames of noise are compared with the first
    frame. It is not normalized: the literature divides by AlexNet's, whose values were not found.

    Source: Hendrycks and Dietterich (2019).
    """

    name: ClassVar[str] = "mT5D"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "draw", "condition", "top", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "places"
    source: ClassVar[str] = "hendrycks2019"

    sequences: Annotated[tuple[str, ...], Param("names of the sequences")] = ("brightness",)
    lengths: Annotated[tuple[int, ...], Param("how many frames each has", low=2)] = (2,)
    frames: Annotated[tuple[str, ...], Param(FRAMES + ", all of each sequence in turn")] = (
        "canvas", "edited",
    )  # fmt: skip
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean distance, 0 to 15; a sample with an answer that was not finite is left out.

        Raises:
            UsageError: lengths that do not fit.
        """
        frames = in_turn(self.sequences, self.lengths, self.frames, of=self.name)
        tops = framed(rows, frames, "top")
        if not tops[0].size:
            return Estimate(0.0, 0.0, 1.0, 0, self.level)
        finite = np.all([(part >= 0).all((1, 2)) for part in tops], axis=0)
        named = zip(tops, self.sequences, strict=True)
        each = [distances(part[finite], first=name in NOISE).mean(1) for part, name in named]
        moved = np.stack(each, 1).mean(1)
        # the two pseudo-samples of the interval stand at 0 and at the most that a sample showed; along a
        # whole sequence 15 is out of reach, and a pseudo-sample there would widen every interval by places
        most = float(moved.max(initial=1.0))
        return of_means(
            moved[:, None] / most, lambda m: most * m[:, 0], level=self.level, low=0.0, high=FARTHEST
        )


@dataclass(frozen=True)
class T5D(MeanT5D):
    """Top-5 distance along one sequence, in places; see mT5D.

    Source: Hendrycks and Dietterich (2019).
    """

    name: ClassVar[str] = "T5D"


def distances(tops: npt.NDArray[Any], *, first: bool) -> Floats:
    """Return (n, frames − 1): top-5 distances of (n, frames, k) answers, the likeliest first."""
    earlier, later = before(tops, first=first)[..., :TOP], tops[:, 1:, :TOP]
    same = earlier[..., :, None] == later[..., None, :]
    place = np.where(same.any(-1), same.argmax(-1), TOP)
    return np.asarray(np.abs(np.arange(earlier.shape[-1]) - place).sum(-1), np.float64)
