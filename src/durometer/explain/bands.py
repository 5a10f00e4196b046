"""Critical bands: at which spatial frequencies noise breaks a model, and how wide the channel is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.study import Readable, Study
from durometer.ops.octaves import center
from durometer.stats import generator, share_estimate
from durometer.stats.channel import CRITERION, Channel, fit_channel, fit_channels, sensitivities, staircase
from durometer.stats.cluster import unit_means
from durometer.stats.psychometric import BEYOND, fit_surfaces

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RESAMPLES = 400
HUMAN = 1.0
"""Bandwidth of people in octaves (Subramanian et al., 2023)."""


@dataclass(frozen=True)
class CriticalBands:
    """One model; all figures are over the samples that were measured in every cell.

    Attributes:
        bands: Numbers of the bands, 0 coarse.
        centers: Of the bands, in cycles a picture of 224 pixels.
        strengths: Standard deviations of the noise; the first is 0.
        cells: Accuracy, `cells[strength][band]`; the first row has the one picture without noise for all.
        guess: Share right by guessing: one in so many classes.
        ceiling: Fitted accuracy without noise.
        slope: Fitted, per octave of noise, shared by the bands.
        thresholds: Standard deviation at which half of the accuracy above guessing is lost, for each band;
            values at `reach` lie beyond it.
        reach: Least and largest threshold that can be told.
        sensitivities: Octaves from a threshold up to the strongest noise, 0 to 4.
        channel: Gaussian through the sensitivities; None where no band is sensitive.
        bandwidth: Octaves. `center`: cycles a picture. `sensitivity`: 1 = the weakest noise is too much.
        published: Index of the published staircase at 50 % right, for each band.
        published_channel: The Gaussian through it; None where no band is sensitive or the picture without
            noise is not above 50 %.
    """

    model: str
    bands: tuple[int, ...]
    centers: tuple[float, ...]
    strengths: tuple[float, ...]
    cells: tuple[tuple[Estimate, ...], ...]
    guess: float
    ceiling: Estimate
    slope: Estimate
    thresholds: tuple[Estimate, ...]
    reach: tuple[float, float]
    sensitivities: tuple[Estimate, ...]
    channel: Channel | None
    bandwidth: Estimate | None
    center: Estimate | None
    sensitivity: Estimate | None
    published: tuple[int, ...]
    published_channel: Channel | None


@dataclass(frozen=True)
class Grid:
    """The conditions of one kind of picture: Spec key without noise, and of (band, sd) with noise."""

    clean: str
    cells: Mapping[tuple[int, float], str]

    @property
    def bands(self) -> tuple[int, ...]:
        """The bands, lowest first."""
        return tuple(sorted({band for band, _ in self.cells}))

    @property
    def strengths(self) -> tuple[float, ...]:
        """The standard deviations above 0, weakest first."""
        return tuple(sorted({sd for _, sd in self.cells}))

    @property
    def full(self) -> bool:
        """Whether three neighboring bands or more were crossed with two strengths or more."""
        bands, strengths = self.bands, self.strengths
        neighbors = bands == tuple(range(bands[0], bands[0] + len(bands)))
        crossed = len(self.cells) == len(bands) * len(strengths)
        return neighbors and crossed and len(bands) >= 3 and len(strengths) >= 2


class Bands(Analysis):
    """One finding a model, where all strengths of all bands of the plan were measured."""

    name: ClassVar[str] = "bands"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[CriticalBands, ...]:
        measured = (
            (grid, model, _scores(study, model, grid)) for grid in _grids(study) for model in study.models
        )
        return tuple(_found(study, model, grid, *table) for grid, model, table in measured if table[0].size)


def _grids(study: Study) -> list[Grid]:
    cells: dict[str, dict[tuple[int, float], str]] = {}
    for key, words in study.conditions.items():
        params = words.get("spec", {}).get("params", {})
        if study.stressor(key) == "band-noise" and float(params["sd"]) > 0:
            cells.setdefault(str(words["control"]), {})[int(params["band"]), float(params["sd"])] = key
    found = [Grid(clean, held) for clean, held in cells.items()]
    return [grid for grid in found if grid.full]


def _scores(study: Study, model: str, grid: Grid) -> tuple[Ints, Floats]:
    """Return positions (n,) and scores (n, 1 + k·s) of samples measured in all cells, without noise first."""
    keys = [grid.clean, *(grid.cells[band, sd] for band in grid.bands for sd in grid.strengths)]
    units, means = [], []
    for key in keys:
        cell = study.cell(model, key)
        unit, score = cell.position[cell.good], cell.score[cell.good]
        units.append(np.unique(unit))
        means.append(unit_means(score, unit, None)[0])
    shared = reduce(np.intersect1d, units)
    columns = [m[np.searchsorted(u, shared)] for u, m in zip(units, means, strict=True)]
    return shared, np.stack(columns, axis=1)


def _found(study: Study, model: str, grid: Grid, unit: Ints, scores: Floats) -> CriticalBands:
    k, s, n = len(grid.bands), len(grid.strengths), len(unit)
    guess = 1 / max(2, _classes(study, model))
    drawn = generator("critical bands").multinomial(n, np.full(n, 1 / n), RESAMPLES) @ scores
    right = np.vstack((scores.sum(0), drawn))  # the samples themselves, then what was drawn of them
    fits = fit_surfaces(right[:, 1:].reshape(-1, k, s), right[:, 0], n, grid.strengths, guess=guess)
    sensitive = sensitivities(fits.thresholds, grid.strengths[-1])
    channel, channels = fit_channel(sensitive[0]), fit_channels(sensitive[1:])
    means = scores.mean(0)
    index = staircase(np.vstack((np.full(k, means[0]), means[1:].reshape(k, s).T)))

    def estimate(values: npt.ArrayLike) -> Estimate:
        """The first value with the percentile interval of the others."""
        first, rest = float(np.asarray(values)[0]), np.asarray(values)[1:]
        low, high = np.quantile(rest, ((1 - study.level) / 2, (1 + study.level) / 2))
        return Estimate(first, min(float(low), first), max(float(high), first), n, study.level)

    def of_channel(what: Callable[[Channel], float]) -> Estimate | None:
        return estimate([what(one) for one in (channel, *channels)]) if channel and channels else None

    return CriticalBands(
        model=model,
        bands=grid.bands,
        centers=tuple(center(band) for band in grid.bands),
        strengths=(0.0, *grid.strengths),
        cells=_cells(study, unit, scores, k, s),
        guess=guess,
        ceiling=estimate(fits.ceiling),
        slope=estimate(fits.slope),
        thresholds=tuple(estimate(2.0**column) for column in fits.thresholds.T),
        reach=(grid.strengths[0] / 2.0**BEYOND, grid.strengths[-1] * 2.0**BEYOND),
        sensitivities=tuple(estimate(column) for column in sensitive.T),
        channel=channel,
        bandwidth=of_channel(lambda c: c.bandwidth),
        center=of_channel(lambda c: center(grid.bands[0] + c.middle)),
        sensitivity=of_channel(lambda c: c.sensitivity),
        published=index,
        published_channel=fit_channel(np.array(index)) if means[0] > CRITERION else None,
    )


def _cells(study: Study, unit: Ints, scores: Floats, k: int, s: int) -> tuple[tuple[Estimate, ...], ...]:
    clusters = study.clusters(unit)
    every = [share_estimate(c, units=unit, clusters=clusters, level=study.level) for c in scores.T]
    return ((every[0],) * k, *(tuple(every[1 + band * s + i] for band in range(k)) for i in range(s)))


def _classes(study: Study, model: str) -> int:
    words = study.manifest["models"].get(model, {})
    return len(words.get("among") or words.get("labels") or ())
