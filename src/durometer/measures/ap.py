"""Average precision of detection and instance segmentation, by COCO's rules, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, UsageError
from durometer.measures.detections import Column, Detections, Truths
from durometer.measures.matches import match
from durometer.stats import generator
from durometer.stats.of_means import spread

Floats = npt.NDArray[np.float64]
COCO = tuple(np.linspace(0.5, 0.95, 10).tolist())
"""Overlaps from which an object counts as found: AP is the mean over all ten."""
RECALLS = np.linspace(0.0, 1.0, 101)
MOST = 100
"""Detections that count, of a picture and class."""
RESAMPLES = 1000
AT_ONCE = 2_000_000
"""Weighted detections that are held in memory."""


@dataclass(frozen=True)
class Curve:
    """The detections of one class that are not ignored, the best score first.

    Attributes:
        image: (N,) whose picture.
        right: (N, T) whether it found an object.
        counts: (N, T) whether it counts at all: false where it found a crowd.
        there: (I,) objects of this class in each picture, without crowds.
    """

    image: Column
    right: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.bool_]
    there: Floats

    def values(self, weights: Floats, missed: Floats, found: Floats) -> Floats:
        """Return (R, T) average precisions under R weights of the pictures; NaN where nothing is there.

        Args:
            weights: (R, I).
            missed: (R,) weight of an imagined object that nothing finds.
            found: (R,) weight of an imagined object that is found before all others.
        """
        there = weights @ self.there + missed + found
        with np.errstate(invalid="ignore"):
            each = [self._at(t, weights, there, found) for t in range(self.right.shape[1])]
            return np.where(there[:, None] > 0, np.stack(each, axis=1), np.nan)

    def _at(self, t: int, weights: Floats, there: Floats, found: Floats) -> Floats:
        """Return (R,): each recall of the grid takes the best precision at that recall or beyond.

        Precision is best where an object was just found, so only those places are looked at.
        """
        kept = np.flatnonzero(self.counts[:, t])
        places = np.flatnonzero(self.right[kept, t])
        if not len(places) and not found.any():
            return np.zeros(len(weights))
        drawn = weights[:, self.image[kept]]
        seen = np.cumsum(drawn, axis=1)[:, places] + found[:, None]
        hits = np.cumsum(drawn[:, places], axis=1) + found[:, None]
        if found.any():
            hits, seen = (np.concatenate((found[:, None], of), axis=1) for of in (hits, seen))
        precision = hits / np.where(seen > 0, seen, 1.0)
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        reached = np.searchsorted(RECALLS, hits / there[:, None], side="right")
        steps = np.diff(reached, axis=1, prepend=0)
        value: Floats = (steps * best).sum(axis=1) / len(RECALLS)
        return value


@dataclass(frozen=True)
class Matches:
    """What was found, matched once, so that average precision under any weights of the pictures is cheap.

    Attributes:
        curves: One for each class that has an object, ascending.
        labels: Those classes.
        images: How many pictures.
        thresholds: From which overlaps on an object counts as found.

    Source: the rules of the COCO evaluation (Lin et al., 2014): greedy by score within class and picture, at
    most 100 detections of each, 101 recalls, mean over classes and ten overlaps.
    """

    curves: tuple[Curve, ...]
    labels: tuple[int, ...]
    images: int
    thresholds: tuple[float, ...] = COCO

    @classmethod
    def of(
        cls,
        truths: Truths,
        detections: Detections,
        *,
        images: int,
        thresholds: Sequence[float] = COCO,
        masks: bool = False,
    ) -> Matches:
        """Match detections with objects.

        Args:
            truths: What is there.
            detections: What was found.
            images: How many pictures, those without any object among them.
            thresholds: From which overlaps on an object counts as found, above 0 and up to 1.
            masks: Compare masks, not boxes.

        Raises:
            UsageError: a threshold out of range, a picture beyond `images`, or masks that are not there.
        """
        _check(truths, detections, images, thresholds, masks)
        order = _within(detections)
        right, ignored = match(truths, detections, order, np.asarray(thresholds, np.float64), masks=masks)
        best = np.argsort(-detections.score[order], kind="stable")  # of equals the earlier picture's
        labels = np.unique(truths.label[~truths.crowd])
        curves = []
        for label in labels:
            own = best[detections.label[order[best]] == label]
            real = (truths.label == label) & ~truths.crowd
            there = np.bincount(truths.image[real], minlength=images).astype(np.float64)
            curves.append(Curve(detections.image[order[own]], right[own], ~ignored[own], there))
        return cls(tuple(curves), tuple(labels.tolist()), images, tuple(thresholds))

    def by_class(self, weights: Floats | None = None) -> Floats:
        """Return (K, T) average precision of each class at each overlap; NaN where its objects weigh 0.

        Args:
            weights: (images,), how much each picture counts; all alike if not given.
        """
        given = np.ones((1, self.images)) if weights is None else np.asarray(weights, np.float64)[None]
        none = np.zeros(1)
        return np.array([c.values(given, none, none)[0] for c in self.curves]).reshape(
            -1, len(self.thresholds)
        )

    def ap(self, weights: Floats | None = None, *, at: float | None = None) -> float:
        """Return the mean over classes and overlaps, or at one overlap; NaN where nothing is there.

        Args:
            weights: (images,), how much each picture counts; all alike if not given.
            at: One of the thresholds: 0.5 gives AP50.
        """
        values = self.by_class(weights)[:, self.columns(at)]
        known = values[np.isfinite(values)]
        return float(known.mean()) if known.size else float("nan")

    def drawn(self, *, at: float | None = None, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
        """Return (resamples,) values under random weights of the pictures; see `drawn_each`."""
        each: Floats = self.drawn_each(resamples=resamples, seed=seed)[:, self.columns(at)].mean(axis=1)
        return each

    def drawn_each(self, *, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
        """Return (resamples, T) means over classes under random weights of the pictures, at each overlap.

        This is the Bayesian bootstrap.
        Weights depend on the seed and the number of pictures and classes alone, so the draws of two sets of
        answers on the same pictures are paired and may be subtracted. For each class an imagined miss and an
        imagined hit take part, all classes' together with the weight of one picture each: without them a
        detector that errs on none of the pictures would have an interval of zero width.

        Raises:
            UsageError: nothing is there, or nothing was matched at this overlap.
        """
        if not self.curves:
            raise UsageError("there is no object, so there is no average precision")
        k = len(self.curves)
        weigh, imagine = (generator(f"average precision, {what}", seed) for what in ("pictures", "imagined"))
        step = max(1, AT_ONCE // max(self.images, *(len(c.image) for c in self.curves), 1))
        parts = []
        for start in range(0, resamples, step):
            n = min(step, resamples - start)
            weights = weigh.standard_exponential((n, self.images))
            missed, found = imagine.standard_gamma(1 / k, (n, 2, k)).transpose(1, 2, 0)
            each = [c.values(weights, missed[i], found[i]) for i, c in enumerate(self.curves)]
            parts.append(np.mean(each, axis=0))
        return np.concatenate(parts)

    def estimate(
        self, *, at: float | None = None, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
    ) -> Estimate:
        """Return the value with its percentile interval by the bootstrap over pictures; n counts pictures.

        Where there is no object at all: 0 with n = 0. On few objects of a class average precision itself is
        too high, as each recall takes the best precision from there on; the interval does not undo that.
        """
        value = self.ap(at=at)
        if not np.isfinite(value):
            return Estimate(0.0, 0.0, 1.0, 0, level)
        drawn = self.drawn(at=at, resamples=resamples, seed=seed)
        return spread(value, drawn, n=self.images, level=level, low=0.0, high=1.0)

    def columns(self, at: float | None) -> list[int]:
        """Return which of the thresholds are meant by an overlap: all if not given."""
        if at is None:
            return list(range(len(self.thresholds)))
        near = [t for t, threshold in enumerate(self.thresholds) if abs(threshold - at) < 1e-9]
        if not near:
            raise UsageError(
                f"nothing was matched at an overlap of {at:g}",
                fix=f"There are {', '.join(f'{t:g}' for t in self.thresholds)}",
            )
        return near


def average_precision(
    truths: Truths,
    detections: Detections,
    *,
    images: int,
    thresholds: Sequence[float] = COCO,
    masks: bool = False,
    at: float | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return average precision with its interval; see `Matches` for the arguments."""
    found = Matches.of(truths, detections, images=images, thresholds=thresholds, masks=masks)
    return found.estimate(at=at, level=level)


def _within(detections: Detections) -> Column:
    """Return the rows that count, picture by picture, best score first: at most 100 of a class in each."""
    order = np.lexsort((-detections.score, detections.image))  # stable: equals as they stand
    image, label = detections.image[order], detections.label[order]
    grouped = np.lexsort((label, image))
    changed = (np.diff(image[grouped]) != 0) | (np.diff(label[grouped]) != 0)
    starts = np.concatenate((np.zeros(min(1, len(order)), np.int64), np.flatnonzero(changed) + 1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    kept: Column = order[np.sort(grouped[place < MOST])]
    return kept


def _check(
    truths: Truths, detections: Detections, images: int, thresholds: Sequence[float], masks: bool
) -> None:
    for threshold in thresholds:
        if not 0 < threshold <= 1:
            raise UsageError(f"a threshold of {threshold:g} is not above 0 and up to 1")
    for columns in (truths, detections):
        if len(columns.image) and not 0 <= columns.image.min() <= columns.image.max() < images:
            raise UsageError(f"there is a picture {columns.image.max()}, but only {images} pictures")
        if masks and columns.runs is None:
            what = type(columns).__name__.lower()
            raise UsageError(f"the {what} have no masks", fix="Compare boxes, or give masks")
