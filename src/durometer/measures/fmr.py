"""FMR: accuracy among changed samples that a surrogate oracle still recognizes, over clean accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import only, side_by_side
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FMR(Measure):
    """Accuracy on changed samples that the oracle model answers rightly, over accuracy on the same samples
    unchanged.

    A changed sample counts only if the oracle, a stronger model, still gives the right answer: so the change
    has probably kept the class. A model's own clean mistakes do not count against it.

    Experimental: Zhang et al. (2024) define the measure and let the oracle bound the change while it is made;
    here it decides afterwards, and the ratio is recalled.
    """

    name: ClassVar[str] = "FMR"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "model", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "zhang2024"

    oracle: Annotated[str, Param("name of the oracle model")] = "toy"
    model: Annotated[str, Param("name of the model that is judged")] = "toy"
    before: Annotated[str, Param("Spec key of the unedited canvas")] = "canvas"
    after: Annotated[str, Param("Spec key of the change")] = "edited"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the ratio, 0 or more; n counts all samples, those that the oracle leaves out too."""
        joined = {name: column.copy() for name, column in rows.items() if name != "model"}
        mine, oracle = rows["model"] == self.model, rows["model"] == self.oracle
        told = only(joined, oracle & (rows["condition"] == self.after))
        told["condition"][:] = _ORACLE
        both = {name: np.concatenate((only(joined, mine)[name], told[name])) for name in joined}
        scores = side_by_side(both, (self.before, self.after, _ORACLE))
        kept = scores[:, 2:] if scores.size else scores[:, :0]
        columns = np.concatenate((scores[:, :2] * kept, kept), 1) if scores.size else np.empty((0, 3))
        return of_means(columns, _ratio, level=self.level, low=0.0)


_ORACLE = "\0oracle"
"""The oracle's rows as a condition of their own; no Spec key looks like it."""


def _ratio(means: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(means[:, 0] > 0, means[:, 1] / means[:, 0], np.nan)
