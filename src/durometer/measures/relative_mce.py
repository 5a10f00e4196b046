"""Relative mCE: what corruptions cost, against what they cost AlexNet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from durometer.core import Estimate, Param, Rows
from durometer.measures.mce import MCE
from durometer.measures.normalizers import ALEXNET, ALEXNET_CLEAN, normalizers
from durometer.measures.severities import check_severities, clean_and_corrupted
from durometer.stats import of_means


@dataclass(frozen=True)
class RelativeMCE(MCE):
    """Relative mCE: mean over corruptions of Σ_s (E_s − E_clean) / Σ_s (E_s − E_clean)(AlexNet); 1 = as
    AlexNet.

    A network that errs more on clean images has less to lose; read it beside the clean accuracy.

    Source: Hendrycks and Dietterich (2019).
    """

    name: ClassVar[str] = "relative mCE"

    clean: Annotated[str, Param("Spec key of the clean images")] = "canvas"

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean ratio; negative where the corrupted images are named better than the clean ones.

        Raises:
            UsageError: a corruption without a normalizer, or without five conditions.
        """
        check_severities(self.corruptions, self.conditions, of=self.name)
        known = normalizers(self.corruptions, ALEXNET, of=self.name)
        weights = [1 / (error - ALEXNET_CLEAN) for error in known]
        arms = clean_and_corrupted(rows, self.clean, self.conditions, weights)
        scale = float(np.mean(weights))
        return of_means(arms, lambda m: scale * (m[:, 0] - m[:, 1]), level=self.level)
