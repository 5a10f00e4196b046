"""The spatial-frequency channel: a Gaussian through the noise sensitivity of octave bands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
STEPS = 4.0
"""Sensitivity of a band of which the weakest noise is too much: octaves below the strongest."""
CRITERION = 0.5
"""Share of right answers from which the published staircase calls a noise passed."""
NARROWEST, WIDEST = 0.1, 5.0
"""Limits of sigma in octaves; the widest has a bandwidth of 11.8, more than was tried."""
COARSE, ZOOMS = 0.1, 6
"""First step of the grid in octaves (of sigma, in its logarithm), and how often it is made finer by 4."""
AT_ONCE = 50
"""Rows that are fitted together: a few arrays of 10 MB."""


@dataclass(frozen=True)
class Channel:
    """peak · exp(−(band − middle)² / 2 sigma²), in octaves of noise over the number of the band.

    Source: Subramanian et al. (2023).
    """

    peak: float
    middle: float
    sigma: float

    @property
    def bandwidth(self) -> float:
        """Full width at half height in octaves: 2 √(ln 4) · sigma."""
        return 2 * math.sqrt(math.log(4)) * self.sigma

    @property
    def sensitivity(self) -> float:
        """2^(peak − 4): 1 where the weakest noise is too much."""
        return float(2.0 ** (self.peak - STEPS))

    def at(self, bands: npt.ArrayLike) -> Floats:
        """Return the sensitivity at places between the bands."""
        away = np.asarray(bands, np.float64) - self.middle
        bell: Floats = self.peak * np.exp(-(away**2) / (2 * self.sigma**2))
        return bell


def sensitivities(thresholds: npt.ArrayLike, strongest: float) -> Floats:
    """Return how many octaves thresholds (log2) lie below the strongest noise, cut to 0 … 4."""
    return np.clip(math.log2(strongest) - np.asarray(thresholds, np.float64), 0.0, STEPS)


def staircase(accuracy: npt.ArrayLike, criterion: float = CRITERION) -> tuple[int, ...]:
    """Return for each band the published index: 0 where the strongest noise is passed, s where none is.

    Args:
        accuracy: (s + 1, k), the first row without noise, the last with the strongest.
        criterion: A noise is passed with more right answers than this.

    Source: Subramanian et al. (2023), code. A band that fails even without noise has the last index too.
    """
    passed = np.asarray(accuracy, np.float64)[::-1] > criterion
    return tuple(int(column.argmax()) if column.any() else len(passed) - 1 for column in passed.T)


def fit_channel(sensitivity: npt.ArrayLike) -> Channel | None:
    """Fit the Gaussian by least squares, 0 ≤ peak ≤ 4; None where no band is sensitive at all."""
    found = fit_channels(np.asarray(sensitivity, np.float64)[None])
    return found[0] if found else None


def fit_channels(sensitivity: npt.ArrayLike) -> list[Channel]:
    """Fit many rows (R, k) at once; rows in which no band is sensitive are left out.

    A grid over middle and sigma, made finer around the best of each row; the peak that fits them best has a
    closed form.
    """
    rows = np.asarray(sensitivity, np.float64)
    rows = rows[rows.max(axis=1) > 0]
    parts = [_fitted(rows[i : i + AT_ONCE]) for i in range(0, len(rows), AT_ONCE)]
    return [Channel(*map(float, p)) for part in parts for p in part]


def _fitted(y: Floats) -> Floats:
    """Return (R, 3): peak, middle, sigma."""
    middles = np.arange(-2.0, y.shape[1] + 1.0, COARSE)
    widths = np.arange(math.log(NARROWEST), math.log(WIDEST), COARSE)
    middle, width = (np.tile(grid.ravel(), (len(y), 1)) for grid in np.meshgrid(middles, widths))
    peak, middle, width = _best(y, middle, width)
    offsets = np.linspace(-1, 1, 9)
    for i in range(ZOOMS):
        step = COARSE / 4.0**i
        near, wide = (grid.ravel() * step for grid in np.meshgrid(offsets, offsets))
        peak, middle, width = _best(y, middle[:, None] + near, width[:, None] + wide)
    return np.column_stack((peak, middle, np.exp(width)))


def _best(y: Floats, middle: Floats, width: Floats) -> tuple[Floats, Floats, Floats]:
    """Return of each row the best (peak, middle, log sigma) of its candidates (R, G)."""
    middle = np.clip(middle, -2.0, y.shape[1] + 1.0)
    width = np.clip(width, math.log(NARROWEST), math.log(WIDEST))
    away = np.arange(y.shape[1])[:, None] - middle[:, None]
    bell = np.exp(-(away**2) / (2 * np.exp(2 * width[:, None])))  # (R, k, G)
    length, along = (bell**2).sum(axis=1), (y[:, :, None] * bell).sum(axis=1)
    peak = np.clip(along / np.maximum(length, 1e-300), 0.0, STEPS)
    best = (peak * (peak * length - 2 * along)).argmin(axis=1)[:, None]
    peak, middle, width = (np.take_along_axis(t, best, 1)[:, 0] for t in (peak, middle, width))
    return peak, middle, width
