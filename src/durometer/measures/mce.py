"""mCE: errors under corruptions against those of AlexNet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import side_by_side
from durometer.measures.normalizers import ALEXNET, normalizers
from durometer.measures.severities import check_severities, weighted_arm
from durometer.stats import of_means


@dataclass(frozen=True)
class MCE(Measure):
    """mCE: mean over corruptions of Σ_s E_s / Σ_s E_s(AlexNet), E_s the error at severity s; 1 = as AlexNet.

    The literature gives it times 100, over all 15 corruptions of ImageNet-C. It can be set beside published
    figures where the images are the benchmark's own; on one's own images it is a figure in its style.

    Source: Hendrycks and Dietterich (2019).
    """

    name: ClassVar[str] = "mCE"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "hendrycks2019"

    corruptions: Annotated[tuple[str, ...], Param("registered names of the corruptions")] = (
        "gaussian-noise",
    )
    conditions: Annotated[tuple[str, ...], Param("Spec keys, five severities of each in turn")] = (
        "edited",
    ) * 5
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean ratio, 0 or more.

        Raises:
            UsageError: a corruption without a normalizer, or without five conditions.
        """
        check_severities(self.corruptions, self.conditions, of=self.name)
        weights = [1 / error for error in normalizers(self.corruptions, ALEXNET, of=self.name)]
        right = weighted_arm(side_by_side(rows, self.conditions), weights)
        scale = float(np.mean(weights))
        return of_means(right[:, None], lambda m: scale * (1 - m[:, 0]), level=self.level, low=0.0)
