"""Effective robustness: accuracy under a shift beyond what the accuracy without it leads one to expect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Measure, Param, Rows, UsageError
from durometer.measures.arms import only, side_by_side
from durometer.stats import of_means

Floats = npt.NDArray[np.float64]
Line = tuple[Floats | float, Floats | float]


@dataclass(frozen=True)
class EffectiveRobustness(Measure):
    """Acc(shifted) − β(Acc(clean)), β the accuracy line of reference networks, straight on the logit scale.

    The line is fitted by least squares, of the logits of the shifted accuracies on those of the clean ones,
    as the paper's code does it by default. Reference networks are given by name, where the rows hold their
    answers too: then the line is fitted anew whenever samples are drawn, and the interval holds its
    uncertainty from samples, but not that from the choice of networks. Or they are given by their accuracies,
    or the line by slope and intercept: then the interval takes it as known. Without any of it the line is
    Acc(clean) itself. Where a clean accuracy is 0 or 1 the line ends at 0 or 1.

    Source: Taori et al. (2020).
    """

    name: ClassVar[str] = "effective robustness"
    needs: ClassVar[frozenset[str]] = frozenset({"position", "model", "condition", "score", "status"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    unit: ClassVar[str] = "points"
    source: ClassVar[str] = "taori2020"

    before: Annotated[str, Param("Spec key of the clean images")] = "canvas"
    after: Annotated[str, Param("Spec key of the shifted images")] = "edited"
    model: Annotated[str, Param("the network in question, where rows hold several")] = ""
    references: Annotated[tuple[str, ...], Param("reference networks whose rows are there")] = ()
    slope: Annotated[float, Param("of the line, where no networks are given", low=0)] = 1.0
    intercept: Annotated[float, Param("of the line, where no networks are given")] = 0.0
    clean: Annotated[tuple[float, ...], Param("clean accuracies of reference networks", low=0, high=1)] = ()
    shifted: Annotated[tuple[float, ...], Param("their accuracies on the shift", low=0, high=1)] = ()
    level: Annotated[float, Param("coverage of the interval", low=0.5, high=0.9999)] = 0.95

    def line(self) -> tuple[float, float]:
        """Return slope and intercept on the logit scale, of networks given by their accuracies.

        Raises:
            UsageError: fewer than two networks, unequal counts, all of one clean accuracy, or a 0 or 1.
        """
        if not self.clean and not self.shifted:
            return self.slope, self.intercept
        x, y = np.asarray(self.clean, np.float64), np.asarray(self.shifted, np.float64)
        if x.size != y.size or not _spans(x, y):
            raise _no_line("Give as many values in `shifted` as in `clean`")
        slope, intercept = fitted(_logit(x), _logit(y))
        return float(slope), float(intercept)

    def __call__(self, rows: Rows, /) -> Estimate:
        """Return the difference, −1 to 1; 0.05 = 5 points above the line.

        Raises:
            UsageError: the reference networks give no line.
        """
        if self.references:
            scores = self.arms(rows)
            if scores.size and not _spans(*_references(scores.mean(0, keepdims=True))):
                raise _no_line("Choose references whose clean accuracies differ")
            return self._above(scores, lambda means: fitted(*map(_logit, _references(means))))
        mine = only(rows, rows["model"] == self.model) if self.model else rows
        slope, intercept = self.line()
        return self._above(side_by_side(mine, (self.after, self.before)), lambda _: (slope, intercept))

    def _above(self, scores: Floats, line: Callable[[Floats], Line]) -> Estimate:
        def beyond(means: Floats) -> Floats:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                slope, intercept = line(means)
                expected = 1 / (1 + np.exp(-(slope * _logit(means[:, 1]) + intercept)))
            return np.asarray(means[:, 0] - expected)

        return of_means(scores, beyond, level=self.level, low=-1.0, high=1.0)

    def arms(self, rows: Rows) -> Floats:
        """Return (n, 2 + 2k) scores, shifted and clean: of the network in question, of each reference."""
        names = (self.model, *self.references)
        joined = {name: column.copy() for name, column in rows.items() if name != "model"}
        told = zip(rows["model"].tolist(), rows["condition"].tolist(), strict=True)
        joined["condition"] = np.array([_JOIN.join(pair) for pair in told], object)
        return side_by_side(
            joined, [_JOIN.join((name, key)) for name in names for key in (self.after, self.before)]
        )


_JOIN = "\0"
"""Between a model's name and a Spec key: in neither of them."""


def fitted(x: Floats, y: Floats) -> Line:
    """Return slope and intercept of the least squares line of y on x, along the last axis."""
    away = x - x.mean(-1, keepdims=True)
    slope = (away * y).sum(-1) / (away**2).sum(-1)
    return slope, y.mean(-1) - slope * x.mean(-1)


def _references(means: Floats) -> tuple[Floats, Floats]:
    """Return the clean and the shifted accuracies of the reference networks, (R, k) each."""
    return means[:, 3::2], means[:, 2::2]


def _spans(x: Floats, y: Floats) -> bool:
    inside = bool(np.all((x > 0) & (x < 1))) and bool(np.all((y > 0) & (y < 1)))
    return inside and np.unique(x).size > 1


def _no_line(fix: str) -> UsageError:
    return UsageError(
        "an accuracy line needs two reference networks or more with different clean accuracies, and "
        "for each both accuracies, above 0 and below 1",
        fix=fix,
    )


def _logit(share: Floats) -> Floats:
    return np.asarray(np.log(share) - np.log1p(-share))
