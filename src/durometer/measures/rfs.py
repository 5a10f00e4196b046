"""RFS: is a model hurt more by noise on the object or by noise on the background?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.measures.arms import side_by_side
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RelativeForegroundSensitivity(Measure):
    """RFS = (a_bg − a_fg) / (2 min(ā, 1 − ā)), ā = (a_fg + a_bg) / 2, a_fg the accuracy under noise on the
    object.

    1: only noise on the object hurts; −1: only noise on the background; not defined (n = 0) where ā is 0 or
    1.

    Source: Moayeri et al. (2022), RIVAL10.
    """

    name: ClassVar[str] = "RFS"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "moayeri2022"

    background: Annotated[str, Param("Spec key of noise on the background")] = "canvas"
    object: Annotated[str, Param("Spec key of noise on the object")] = "edited"
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the sensitivity, −1 to 1."""
        scores = side_by_side(rows, (self.background, self.object))
        return of_means(scores, _rfs, level=self.level, low=-1.0, high=1.0)


def _rfs(means: Floats) -> Floats:
    mean = means.mean(1)
    room = 2 * np.minimum(mean, 1 - mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(room > 0, (means[:, 0] - means[:, 1]) / room, np.nan)
