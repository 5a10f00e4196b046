"""Detection and segmentation: average precision, or IoU, of whole data sets under every condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.data.published_corruptions import SEVERITIES
from durometer.explain.analyses import Analysis
from durometer.explain.corruption_grid import grids
from durometer.explain.dense_tables import Regions, Spotted
from durometer.explain.findings import Effect
from durometer.explain.study import Readable, Study
from durometer.explain.wording import percent_span
from durometer.stats import generator
from durometer.stats.of_means import spread

Floats = npt.NDArray[np.float64]
RESAMPLES = 500


class Table(Protocol):
    """What the answers of one model were, as far as a measure of whole data sets needs them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The measure, then others that are read from the same answers: `AP`, `AP50`, `AP75`."""
        ...

    def of(self, condition: str, pictures: tuple[tuple[int, int], ...]) -> tuple[Floats, Floats] | None:
        """Return values (len(names),) and draws of them (R, len(names)) on some (position, draw) pictures.

        Draws of two conditions on the same pictures are paired. None where no value is defined.
        """
        ...


@dataclass(frozen=True)
class Precision:
    """One condition: the value on all pictures that it could be asked on, with n pictures behind it.

    Attributes:
        condition: Spec key.
        value: AP, or mean IoU.
        others: AP at single overlaps.
        drop: On the unedited canvas minus here, on the same pictures; None for the canvas itself.
        gone: Objects that are on the unedited canvas and of which nothing is left here.
    """

    condition: str
    title: str
    axis: str
    severity: float
    role: str
    value: Estimate
    others: Mapping[str, Estimate]
    drop: Estimate | None
    gone: int = 0


@dataclass(frozen=True)
class Corrupted:
    """All corruptions of one benchmark or profile that are there at five severities.

    Attributes:
        about: Whose images, or which profile.
        cells: Corruption -> the condition of each severity, from 1.
        mpc: The mean over them.
        rpc: `mpc` over the value on the unedited canvas.
    """

    about: str
    cells: Mapping[str, tuple[Precision, ...]]
    mpc: Estimate
    rpc: Estimate


@dataclass(frozen=True)
class Dense:
    """One model and measure.

    Attributes:
        measure: `AP`, `mask AP` or `mean IoU`.
        clean: On the unedited canvas.
        cells: Under every other condition, in the order of the plan.
        corrupted: One for each benchmark or profile that holds whole corruptions.
    """

    model: str
    measure: str
    clean: Precision
    cells: tuple[Precision, ...]
    corrupted: tuple[Corrupted, ...]


class DenseMeasures(Analysis):
    """AP of boxes and of masks, mean IoU of label maps; mPC and rPC where there are whole corruptions.

    mPC is the mean over corruptions and severities, rPC that over the clean value (Michaelis et al., 2019).
    """

    name: ClassVar[str] = "dense"

    def __call__(self, study: Study, effects: Sequence[Effect], record: Readable, /) -> tuple[Dense, ...]:
        held = record.manifest.get("tables", {})
        if not {"truths", "regions"} & set(held):
            return ()
        found = (
            _dense(_Asked(study, model, table))
            for model in study.models
            for table in _tables(study, model, record)
        )
        return tuple(one for one in found if one is not None)

    def say(self, found: tuple[Dense, ...], /) -> tuple[str, ...]:
        """Speak of each model's value before and under corruption."""
        several = len({one.model for one in found}) > 1
        return tuple(_sentence(one, several=several) for one in found)


def _tables(study: Study, model: str, record: Readable) -> list[Table]:
    task = str(study.manifest.get("task", ""))
    if task == "semantic-segmentation":
        return [Regions.read(record, model, resamples=RESAMPLES)]
    kinds = (False, True) if task == "instance-segmentation" else (False,)
    read = Spotted.read(record, model, study.canvas, resamples=RESAMPLES)
    return [read.by(masks=masks) for masks in kinds]


@dataclass(frozen=True)
class _Asked:
    """One model's table with what was computed from it."""

    study: Study
    model: str
    table: Table
    known: dict[Any, Any] = field(default_factory=dict)

    def pictures(self, condition: str) -> frozenset[tuple[int, int]]:
        """Return (position, draw) of the answers of a condition."""
        cell = self.study.cell(self.model, condition)
        return frozenset(zip(cell.position[cell.good].tolist(), cell.draw[cell.good].tolist(), strict=True))

    def on(self, condition: str, pictures: frozenset[tuple[int, int]]) -> tuple[Floats, Floats] | None:
        key = condition, pictures
        if key not in self.known:
            self.known[key] = self.table.of(condition, tuple(sorted(pictures)))
        found: tuple[Floats, Floats] | None = self.known[key]
        return found

    def estimate(
        self, value: float, drawn: Floats, n: int, *, low: float = 0.0, high: float = 1.0
    ) -> Estimate:
        return spread(value, drawn, n=n, level=self.study.level, low=low, high=high)


def _dense(asked: _Asked) -> Dense | None:
    clean = _precision(asked, asked.study.canvas)
    if clean is None:
        return None
    keys = [key for key in asked.study.of_role("edit", "control", "diagnostic")]
    cells = {key: cell for key in keys if (cell := _precision(asked, key)) is not None}
    corrupted = tuple(
        c for grid in grids(asked.study) if (c := _corrupted(asked, grid.about, grid.keys, cells))
    )
    return Dense(asked.model, asked.table.names[0], clean, tuple(cells.values()), corrupted)


def _precision(asked: _Asked, condition: str) -> Precision | None:
    study, pictures = asked.study, asked.pictures(condition)
    found = asked.on(condition, pictures) if pictures else None
    if found is None:
        return None
    values, drawn = found
    words = study.conditions[condition]
    each = [asked.estimate(v, d, len(pictures)) for v, d in zip(values.tolist(), drawn.T, strict=True)]
    return Precision(
        condition, study.title(condition), str(words["axis"]), float(words["severity"]), str(words["role"]),
        each[0], dict(zip(asked.table.names[1:], each[1:], strict=True)), _drop(asked, condition, pictures),
        _gone(study, asked.model, condition),
    )  # fmt: skip


def _gone(study: Study, model: str, condition: str) -> int:
    """Rows of detection name each object of their picture in `target`."""
    if study.graded.get("answers") != "objects":
        return 0
    before, after = study.cell(model, study.canvas), study.cell(model, condition)
    targets = study.texts["target"]
    there = dict(zip(before.position.tolist(), map(_count, targets[before.at].tolist()), strict=True))
    left = zip(after.position[after.good].tolist(), targets[after.at[after.good]].tolist(), strict=True)
    return sum(there.get(position, 0) - _count(text) for position, text in left if position in there)


def _count(text: str) -> int:
    return len(text.split(",")) if text else 0


def _drop(asked: _Asked, condition: str, pictures: frozenset[tuple[int, int]]) -> Estimate | None:
    """Both on the pictures that both have; the canvas was asked once for all draws."""
    canvas = asked.study.canvas
    if condition == canvas:
        return None
    before = {position for position, _ in asked.pictures(canvas)}
    shared = frozenset(p for p in pictures if p[0] in before and p[1] == 0)
    one, other = asked.on(canvas, shared), asked.on(condition, shared)
    if one is None or other is None:
        return None
    value, drawn = float(one[0][0] - other[0][0]), one[1][:, 0] - other[1][:, 0]
    return asked.estimate(value, _widened(drawn, len(shared)), len(shared), low=-1.0)


def _widened(drops: Floats, n: int) -> Floats:
    """Return draws of a drop with two imagined pictures among n: one wholly lost, one wholly gained.

    As `durometer.stats.of_means` does it: no interval is of zero width because a rare change was not seen.
    """
    lost, gained = generator("drop of a data set", 0).standard_exponential((2, len(drops)))
    return (n * drops + lost - gained) / (n + lost + gained)


def _corrupted(
    asked: _Asked, about: str, keys: Mapping[tuple[str, int], str], cells: Mapping[str, Precision]
) -> Corrupted | None:
    """Over the corruptions that have all five severities, on the pictures that all conditions share."""
    names = dict.fromkeys(name for name, _ in keys)
    whole = [n for n in names if all(keys.get((n, s), "") in cells for s in SEVERITIES)]
    if not whole:
        return None
    held = {n: tuple(cells[keys[n, s]] for s in SEVERITIES) for n in whole}
    conditions = [cell.condition for row in held.values() for cell in row]
    shared = frozenset.intersection(*(asked.pictures(key) for key in (asked.study.canvas, *conditions)))
    found = [asked.on(key, shared) for key in (asked.study.canvas, *conditions)]
    if any(one is None for one in found):
        return None
    values, drawn = (np.array([one[i][..., 0] for one in found if one]) for i in (0, 1))
    mean, means = float(values[1:].mean()), drawn[1:].mean(axis=0)
    n, clean = len(shared), float(values[0])
    rpc = Estimate(0.0, 0.0, 1.0, 0, asked.study.level)
    if clean > 0:
        left = 1 - _widened(drawn[0] - means, n) / np.where(drawn[0] > 0, drawn[0], np.nan)
        rpc = asked.estimate(mean / clean, left, n, high=np.inf)
    return Corrupted(about, held, asked.estimate(mean, means, n), rpc)


def _sentence(one: Dense, *, several: bool) -> str:
    who = f" of {one.model}" if several else ""
    value, interval = percent_span(one.clean.value)
    first = f"{one.measure[0].upper()}{one.measure[1:]}{who} is {value} ({interval}) on the unedited canvas"
    if not one.corrupted:
        return f"{first}."
    most = max(one.corrupted, key=lambda c: len(c.cells))
    under, span = percent_span(most.mpc)
    left, around = percent_span(most.rpc)
    many = f"{len(most.cells)} corruption{'s' if len(most.cells) > 1 else ''} at five severities"
    return f"{first} and {under} ({span}) on average over {many}: {left} of it is left ({around})."
