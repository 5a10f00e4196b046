"""The tables of detection and segmentation, as the measures of whole data sets read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from durometer.explain.study import Readable
from durometer.measures.ap import Matches
from durometer.measures.detections import Detections, Truths
from durometer.ops.runs import unpack
from durometer.stats import generator

Floats = npt.NDArray[np.float64]
Column = np.ndarray[Any, Any]
Columns = Mapping[str, Column]
Pictures = Sequence[tuple[int, int]]
SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Spotted:
    """What one model found under each condition, beside what was there.

    Attributes:
        found, there: Condition -> rows of the tables `detections` and `truths`.
        canvas: Spec key of the unedited canvas, which answers for all draws.
        masks: Compare masks, not boxes.
    """

    found: Mapping[str, Columns]
    there: Mapping[str, Columns]
    canvas: str
    resamples: int
    masks: bool = False

    @classmethod
    def read(cls, record: Readable, model: str, canvas: str, *, resamples: int) -> Spotted:
        """Read the tables of a record."""
        found = record.table("detections", where={"model": model})
        return cls(_split(found), _split(record.table("truths")), canvas, resamples)

    def by(self, *, masks: bool) -> MasksOrBoxes:
        """Return the table by masks or by boxes."""
        return MasksOrBoxes(self, masks)


@dataclass(frozen=True)
class MasksOrBoxes:
    """Average precision of boxes or of masks."""

    spotted: Spotted
    masks: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The mean over ten overlaps, then at .50 and at .75."""
        what = "mask " if self.masks else ""
        return f"{what}AP", f"{what}AP50", f"{what}AP75"

    def of(self, condition: str, pictures: Pictures) -> tuple[Floats, Floats] | None:
        """Return values (3,) and their draws (R, 3); None where no object is there."""
        there, image = _rows(self.spotted.there.get(condition, {}), pictures)
        found, whose = _rows(self.spotted.found.get(condition, {}), pictures)
        if not len(image):
            return None
        runs = (_unpacked(part["mask"]) if self.masks and part else None for part in (there, found))
        of_truths, of_found = runs
        truths = Truths(image, there["label"], _boxes(there), there["crowd"].astype(bool), of_truths)
        if len(whose):
            detections = Detections(
                whose, found["label"], found["score"].astype(np.float64), _boxes(found), of_found
            )
        else:
            none = np.zeros(0, np.int64)
            detections = Detections(none, none, np.zeros(0), np.zeros((0, 4)), () if self.masks else None)
        matches = Matches.of(truths, detections, images=len(pictures), masks=self.masks)
        if not matches.curves:
            return None
        at = (None, 0.5, 0.75)
        drawn = matches.drawn_each(resamples=self.spotted.resamples)
        columns = (matches.columns(one) for one in at)
        values = np.array([matches.ap(at=one) for one in at])
        return values, np.stack([drawn[:, held].mean(axis=1) for held in columns], axis=1)


@dataclass(frozen=True)
class Regions:
    """Pixels of each class under each condition: said and true.

    Attributes:
        counts: Condition -> rows of the table `regions`.
    """

    counts: Mapping[str, Columns]
    resamples: int

    @property
    def names(self) -> tuple[str, ...]:
        """The mean over classes."""
        return ("mean IoU",)

    @classmethod
    def read(cls, record: Readable, model: str, *, resamples: int) -> Regions:
        """Read the table of a record."""
        return cls(_split(record.table("regions", where={"model": model})), resamples)

    def of(self, condition: str, pictures: Pictures) -> tuple[Floats, Floats] | None:
        """Return the mean over classes of summed intersections over summed unions (1,), and its draws (R, 1).

        The classes are those that are there in some picture. Two imagined pictures of the mean size, one
        wholly right and one wholly wrong, take half a picture's part each, so that no interval is of zero
        width.
        """
        rows, image = _rows(self.counts.get(condition, {}), pictures)
        if not len(image):
            return None
        labels, column = np.unique(rows["label"], return_inverse=True)
        shared, union, true = (np.zeros((len(pictures), len(labels))) for _ in range(3))
        np.add.at(shared, (image, column), rows["shared"])
        np.add.at(union, (image, column), rows["true"] + rows["predicted"] - rows["shared"])
        np.add.at(true, (image, column), rows["true"])
        there = true.sum(axis=0) > 0
        if not there.any():
            return None
        shared, union = shared[:, there], union[:, there]
        value = (shared.sum(axis=0) / union.sum(axis=0)).mean()
        dice = generator("mean IoU", 0)
        weights = dice.standard_exponential((self.resamples, len(pictures)))
        right, wrong = dice.standard_gamma(0.5, (2, self.resamples, 1)) * union.mean(axis=0)
        drawn = ((weights @ shared + right) / (weights @ union + right + wrong)).mean(axis=1)
        return np.array([value]), drawn[:, None]


def _split(table: Columns) -> dict[str, Columns]:
    """Return condition -> its rows."""
    conditions, code = np.unique(table["condition"].astype(str), return_inverse=True)
    order = np.argsort(code, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(code, minlength=len(conditions)))[:-1])
    kept = [name for name in table if name not in ("condition", "model", "sample")]
    return {
        str(condition): {name: table[name][at] for name in kept}
        for condition, at in zip(conditions, parts, strict=False)
    }


def _rows(part: Columns, pictures: Pictures) -> tuple[Columns, Column]:
    """Return the rows of some pictures, and which of them each row is of."""
    if not part or not pictures:
        return {}, np.zeros(0, np.int64)
    place = {picture: i for i, picture in enumerate(pictures)}
    listed = zip(part["position"].tolist(), part["draw"].tolist(), strict=True)
    at = np.array([place.get(picture, -1) for picture in listed], np.int64)
    kept = at >= 0
    return {name: column[kept] for name, column in part.items()}, at[kept]


def _boxes(part: Columns) -> Column:
    return np.stack([part[side].astype(np.float64) for side in SIDES], axis=1)


def _unpacked(texts: Column) -> tuple[Column, ...]:
    return tuple(np.array(unpack(text), np.int64) for text in texts.tolist())
