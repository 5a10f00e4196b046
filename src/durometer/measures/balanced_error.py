"""BE and rBE: balanced errors under corruptions of medical images against those of AlexNet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows
from durometer.core.errors import unknown_name
from durometer.measures.arms import side_by_side
from durometer.measures.medmnist_normalizers import CLEAN, CORRUPTED
from durometer.measures.normalizers import normalizers
from durometer.measures.severities import check_severities, weighted_arm
from durometer.stats.of_means import Statistic, drawn_means, spread

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BE(Measure):
    """BE: mean over corruptions of Ē / Ē(AlexNet), Ē the mean over severities of 1 − balanced accuracy.

    Balanced accuracy is the mean over classes of the share that is right, answers being the largest output.
    The interval draws samples within each class. Not for data with several labels a picture.

    Source: Di Salvo et al. (2024), MedMNIST-C.
    """

    name: ClassVar[str] = "BE"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "condition", "target", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = "ratio"
    source: ClassVar[str] = "di2024"

    data: Annotated[str, Param("whose AlexNet divides: the name of a MedMNIST data set")] = "bloodmnist"
    corruptions: Annotated[tuple[str, ...], Param("registered names of the corruptions")] = ("pixelate",)
    conditions: Annotated[tuple[str, ...], Param("Spec keys, five severities of each in turn")] = (
        "edited",
    ) * 5
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean ratio, 0 or more.

        Raises:
            UsageError: a data set or corruption without a normalizer, or without five conditions.
        """
        weights = [1 / error for error in self._alexnet()]
        scores, classes = _by_class(rows, self.conditions)
        right, scale = weighted_arm(scores, weights), float(np.mean(weights))
        return _balanced(right[:, None], classes, lambda m: scale * (1 - m[:, 0]), level=self.level, low=0.0)

    def _alexnet(self) -> tuple[float, ...]:
        if self.data not in CORRUPTED:
            raise unknown_name(self.data, CORRUPTED, kind="data set with an AlexNet of MedMNIST-C")
        check_severities(self.corruptions, self.conditions, of=self.name)
        return normalizers(self.corruptions, CORRUPTED[self.data], of=f"{self.name} of {self.data}")


@dataclass(frozen=True)
class RBE(BE):
    """rBE: mean over corruptions of (Ē − E_clean) / (Ē − E_clean)(AlexNet), errors being balanced as in BE.

    AlexNet loses nothing, or gains, under a few corruptions (contrast-up and gamma-corr-up of
    pneumoniamnist): dividing by that turns the sign around or explodes. Corruptions that cost AlexNet less
    than `guard` are left out here, which the published rBE does not do; where all are, it is not defined
    (n = 0).

    Source: Di Salvo et al. (2024), MedMNIST-C.
    """

    name: ClassVar[str] = "rBE"

    clean: Annotated[str, Param("Spec key of the clean images")] = "canvas"
    guard: Annotated[float, Param("smallest cost to AlexNet that may divide", low=1e-6, high=1)] = 0.01

    def left_out(self) -> tuple[str, ...]:
        """Return the corruptions that cost AlexNet too little to divide by."""
        known = zip(self.corruptions, self._alexnet(), strict=True)
        return tuple(name for name, error in known if error - CLEAN[self.data] < self.guard)

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the mean ratio.

        Raises:
            UsageError: a data set or corruption without a normalizer, or without five conditions.
        """
        costs = np.array(self._alexnet()) - CLEAN[self.data]
        weights = np.where(costs < self.guard, 0.0, 1 / np.where(costs < self.guard, 1.0, costs))
        if not weights.any():
            return Estimate(0.0, 0.0, 1.0, 0, self.level)
        scores, classes = _by_class(rows, (self.clean, *self.conditions))
        arms = np.stack([scores[:, 0], weighted_arm(scores[:, 1:], weights.tolist())], 1)
        scale = float(weights.sum() / (weights > 0).sum())
        return _balanced(arms, classes, lambda m: scale * (m[:, 0] - m[:, 1]), level=self.level)


def _by_class(rows: Rows, conditions: Sequence[str]) -> tuple[Floats, Floats]:
    """Return (n, k) scores of the samples that all conditions could edit, and (n,) their classes."""
    _, codes = np.unique(rows["target"].astype(str), return_inverse=True)
    return side_by_side(rows, conditions), side_by_side({**rows, "score": codes}, conditions)[:, 0]


def _balanced(
    arms: Floats, classes: Floats, statistic: Statistic, *, level: float, low: float = -np.inf
) -> Estimate:
    """Estimate a function of the balanced means of arms (n, k); samples are drawn within each class."""
    groups = [arms[classes == c] for c in np.unique(classes)]
    if not groups:
        return Estimate(0.0, 0.0, 1.0, 0, level)
    value = float(statistic(np.mean([group.mean(0) for group in groups], 0)[None])[0])
    drawn = np.mean([drawn_means(group, seed=i) for i, group in enumerate(groups)], 0)
    return spread(value, statistic(drawn), n=len(arms), level=level, low=low, high=np.inf)
