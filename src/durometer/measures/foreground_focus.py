"""Foreground focus: how much more a model looks at the object than the object's area would make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from durometer.core import Estimate, Measure, Param, Rows
from durometer.stats import bootstrap
from durometer.stats.cluster import unit_means


@dataclass(frozen=True)
class ForegroundFocus(Measure):
    """Mean of (share of importance on the object) / (share of the image it covers); 1 = as if it looked
    anywhere.

    Reads the rows of the table `attributions` of one method. The interval is the basic bootstrap over
    samples.

    Source: Nauen et al. (2025); the formula is recalled.
    """

    name: ClassVar[str] = "foreground focus"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "inside", "area"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "nauen2025"

    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the focus, 0 or more; rows without an object or without a finite importance are left out."""
        inside, area = rows["inside"].astype(np.float64), rows["area"].astype(np.float64)
        kept = np.isfinite(inside) & (area > 0)
        if not kept.any():
            return Estimate(0.0, 0.0, 1.0, 0, self.level)
        focus, _ = unit_means(inside[kept] / area[kept], rows["position"][kept], None)
        return bootstrap((focus,), lambda f: float(f.mean()), level=self.level)
