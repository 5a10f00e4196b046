"""A psychometric surface: right answers against the strength of a disturbance, in several bands at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BEYOND = 1.0
"""How far beyond the strengths that were tried a threshold may lie, in octaves."""
SLOPES = 0.2, 12.0
"""Least and largest slope, per octave."""
STEPS = 60
"""Of Fisher scoring; ten are enough for most tables."""


@dataclass(frozen=True)
class Surfaces:
    """P(right) = guess + (ceiling − guess) / (1 + exp(slope · (log2 strength − threshold))), R of them.

    Attributes:
        thresholds: (R, k) log2 of the strength at which half of what is above guessing is lost, for each
            band; one octave beyond the strengths that were tried at most.
        slope: (R,) per octave, at the threshold; shared by the bands.
        ceiling: (R,) P(right) without disturbance; one minus it is the lapse rate.
        guess: P(right) by guessing; given.
        likelihood: (R,) log likelihood, without the binomial coefficients.
    """

    thresholds: Floats
    slope: Floats
    ceiling: Floats
    guess: float
    likelihood: Floats


def fit_surfaces(
    right: npt.ArrayLike, clean: npt.ArrayLike, n: float, strengths: npt.ArrayLike, *, guess: float
) -> Surfaces:
    """Fit by maximum likelihood, many tables at once: a logistic in the logarithm of the strength.

    Fisher scoring with damping; parameters at a limit that the slope of the likelihood pushes outward stay.

    Args:
        right: (R, k, s) right answers of each band at each strength.
        clean: (R,) right answers without disturbance.
        n: Answers in each cell.
        strengths: (s,) above 0.
        guess: Share right by guessing.
    """
    counts = np.asarray(right, np.float64)
    counts = np.concatenate((counts.reshape(len(counts), -1), np.asarray(clean, np.float64)[:, None]), axis=1)
    x, k = np.log2(np.asarray(strengths, np.float64)), np.asarray(right).shape[1]
    low = np.array([*[x.min() - BEYOND] * k, np.log(SLOPES[0]), guess + 0.01])
    high = np.array([*[x.max() + BEYOND] * k, np.log(SLOPES[1]), 1 - 1e-6])
    top = np.clip(counts[:, -1] / n, guess + 0.02, 0.999)
    at = np.column_stack((np.full((len(counts), k), x.mean()), np.full(len(counts), np.log(1.5)), top))
    p, slopes = _model(at, x, guess)
    value, damping = _likelihood(counts, n, p), np.full(len(counts), 1e-3)
    for _ in range(STEPS):
        step = _step(counts, n, p, slopes, at, (low, high), damping)
        tried = np.clip(at + step, low, high)
        p_tried, slopes_tried = _model(tried, x, guess)
        better = (gain := _likelihood(counts, n, p_tried) - value) >= 0
        at[better], p[better], slopes[better] = tried[better], p_tried[better], slopes_tried[better]
        value = value + np.where(better, gain, 0.0)
        damping = np.clip(np.where(better, damping / 5, damping * 10), 1e-9, 1e6)
        if (np.where(better, gain, 0.0) < 1e-10).all() and better.all():
            break
    return Surfaces(at[:, :k], np.exp(at[:, k]), at[:, k + 1], guess, value)


def _model(at: Floats, x: Floats, guess: float) -> tuple[Floats, Floats]:
    """Return P(right) (R, k·s + 1), the last without disturbance, and its slopes (R, k·s + 1, k + 2)."""
    r, k, s = len(at), at.shape[1] - 2, x.size
    thresholds, slope, ceiling = at[:, :k, None], np.exp(at[:, k])[:, None, None], at[:, k + 1]
    away = thresholds - x
    kept = 1 / (1 + np.exp(np.clip(-slope * away, -40, 40)))
    bend = (ceiling - guess)[:, None, None] * kept * (1 - kept) * slope
    slopes = np.zeros((r, k, s, k + 2))
    slopes[:, np.arange(k), :, np.arange(k)] = bend.transpose(1, 0, 2)
    slopes[..., k], slopes[..., k + 1] = bend * away, kept
    p = guess + (ceiling - guess)[:, None, None] * kept
    last = np.zeros((r, 1, k + 2))
    last[..., k + 1] = 1
    every = np.concatenate((p.reshape(r, -1), ceiling[:, None]), axis=1)
    return np.clip(every, 1e-9, 1 - 1e-9), np.concatenate((slopes.reshape(r, k * s, k + 2), last), axis=1)


def _step(
    counts: Floats,
    n: float,
    p: Floats,
    slopes: Floats,
    at: Floats,
    limits: tuple[Floats, Floats],
    damping: Floats,
) -> Floats:
    """Return the damped step of Fisher scoring; what is held at a limit does not move."""
    gradient = np.einsum("rc,rcj->rj", (counts - n * p) / (p * (1 - p)), slopes)
    information = np.einsum("rci,rc,rcj->rij", slopes, n / (p * (1 - p)), slopes)
    held = ((at <= limits[0]) & (gradient < 0)) | ((at >= limits[1]) & (gradient > 0))
    free = ~held[:, :, None] & ~held[:, None, :]
    own = np.einsum("rii->ri", information)
    diagonal = np.where(held, 1.0, own * (1 + damping[:, None]) + 1e-6)
    damped = np.where(free, information, 0.0)
    damped[:, np.arange(at.shape[1]), np.arange(at.shape[1])] = diagonal
    step: Floats = np.linalg.solve(damped, np.where(held, 0.0, gradient)[..., None])[..., 0]
    return step


def _likelihood(counts: Floats, n: float, p: Floats) -> Floats:
    value: Floats = (counts * np.log(p) + (n - counts) * np.log1p(-p)).sum(axis=1)
    return value
