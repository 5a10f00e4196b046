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
AT_ONCE = 100
"""Rows that are fitted together: about 14 MB each of a few arrays."""


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
    from scipy.optimize import least_squares

    y = np.asarray(sensitivity, np.float64)
    if y.max() <= 0:
        return None
    low, high = _limits(y.size)
    start = np.clip(_nearest(y[None])[0], np.add(low, 1e-6), np.subtract(high, 1e-6))
    bands = np.arange(y.size)
    found = least_squares(lambda p: Channel(*p).at(bands) - y, start, bounds=(low, high)).x
    return Channel(*map(float, found))


def fit_channels(sensitivity: npt.ArrayLike) -> list[Channel]:
    """Fit many rows (R, k) on a grid: middles 0.05 octaves apart, sigmas 5 %; for intervals.

    Rows in which no band is sensitive are left out.
    """
    rows = np.asarray(sensitivity, np.float64)
    rows = rows[rows.max(axis=1) > 0]
    found = [_nearest(rows[i : i + AT_ONCE]) for i in range(0, len(rows), AT_ONCE)]
    return [Channel(*map(float, p)) for part in found for p in part]


def _limits(k: int) -> tuple[list[float], list[float]]:
    """Return the limits of peak, middle and sigma."""
    return [0.0, -2.0, NARROWEST], [STEPS, k + 1.0, WIDEST]


def _nearest(y: Floats) -> Floats:
    """Return (R, 3) the best of the grid; the peak that fits a middle and sigma best has a closed form."""
    low, high = _limits(y.shape[1])
    middles = np.arange(low[1], high[1], 0.05)
    sigmas = np.geomspace(low[2], high[2], 80)
    middle, sigma = (grid.ravel() for grid in np.meshgrid(middles, sigmas, indexing="ij"))
    bell = np.exp(-((np.arange(y.shape[1])[:, None] - middle) ** 2) / (2 * sigma**2))
    length, along = (bell**2).sum(0), y @ bell
    peak = np.clip(along / np.maximum(length, 1e-300), low[0], high[0])
    best = (peak * (peak * length - 2 * along)).argmin(axis=1)
    return np.column_stack((peak[np.arange(len(y)), best], middle[best], sigma[best]))
