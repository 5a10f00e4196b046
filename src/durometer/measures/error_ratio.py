"""Error ratio: how many times more often a model errs where a factor is present."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import answered
from durometer.stats import of_means
from durometer.stats.cluster import unit_means

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ErrorRatio(Measure):
    """(1 − Acc(factor)) / (1 − Acc): the errors among the rows of a group over those among all rows; 1 = as
    usual.

    Rows are marked as the factor's by their `condition`; the others are those without it. Not defined (n = 0)
    where nothing is wrong or the group is empty.

    Source: Idrissi et al. (2023), ImageNet-X.
    """

    name: ClassVar[str] = "error ratio"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "idrissi2023"

    group: Annotated[str, Param("what the condition of the factor's rows is called")] = "edited"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the ratio, 0 or more; n counts all samples."""
        kept = answered(rows)
        member = (kept["condition"] == self.group).astype(np.float64)
        wrong = 1 - kept["score"].astype(np.float64)
        unit = kept["position"].astype(np.int64) * 2 + member.astype(np.int64)
        columns = [unit_means(v, unit, None)[0] for v in (member, wrong * member, wrong)]
        return of_means(np.stack(columns, 1), _ratio, level=self.level, low=0.0)


def _ratio(means: Floats) -> Floats:
    share, both, wrong = means.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((share > 0) & (wrong > 0), both / (share * wrong), np.nan)
