"""Top-k accuracy: is an accepted output among the k likeliest?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered
from durometer.stats import share_estimate


@dataclass(frozen=True)
class TopK(Measure):
    """Share of rows whose target is among the first k of `top`, merged in from the table `outputs`."""

    name: ClassVar[str] = "top-k accuracy"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "status", "target", "top"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "share"

    k: Annotated[int, Param("how many answers count", low=1)] = 5
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the share of rows with an accepted output among the first k answers."""
        kept = answered(rows)
        hits = in_top(kept["target"], kept["top"], self.k)
        return share_estimate(hits, units=kept["position"], level=self.level)


def in_top(targets: npt.NDArray[np.object_], top: npt.NDArray[np.object_], k: int) -> npt.NDArray[np.float64]:
    """Return (R,) 1.0 where one of the first k answers is accepted; an answer that is not finite has none."""
    accepted = {text: accepted_outputs(text) for text in set(targets.tolist())}
    return np.array(
        [
            any(int(answer) in accepted[text] for answer in answers[:k])
            for text, answers in zip(targets.tolist(), top, strict=True)
        ],
        np.float64,
    )


def accepted_outputs(target: str) -> frozenset[int]:
    """Parse a target column's text, `"3,17"`, to the accepted outputs."""
    return frozenset(int(index) for index in str(target).split(",") if index)
