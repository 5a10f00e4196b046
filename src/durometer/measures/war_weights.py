"""One's own weights for WAR: chosen so that the weighted mean ranks models as the data sets do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from durometer.core import UsageError
from durometer.stats.bootstrap import generator

Floats = npt.NDArray[np.float64]
Aim = Literal["mean", "smallest"]
LEAST = 0.01
"""The smallest weight, as published; the largest is 1."""
STARTS, SWEEPS = 16, 20
GAIN = 1e-9
"""Of a correlation: less counts as no gain."""


@dataclass(frozen=True)
class Fit:
    """Weights and what they reach.

    Attributes:
        weights: Data set -> weight in [0.01, 1], the largest 1.
        correlations: Data set -> Spearman's correlation, over models, of its robustness with WAR.
        equal: The same with equal weights.
    """

    weights: Mapping[str, float]
    correlations: Mapping[str, float]
    equal: Mapping[str, float]


def fit_weights(robustness: Mapping[str, Mapping[str, float]], *, aim: Aim = "mean") -> Fit:
    """Choose weights of data sets so that WAR ranks models as each of them does, as far as one number can.

    Maximizes the mean over data sets of Spearman's correlation between WAR and that data set's robustness,
    or the smallest of them, over weights in [0.01, 1]. One weight is moved at a time: along it the order of
    two models changes at one value at most, so that all orders that it can give are tried and the best is
    taken, in the middle of the widest stretch that gives it. This goes on until no weight alone can gain:
    from equal weights, from each data set alone and from 16 drawn starts, the same each time. The best of
    these is returned; that there is no better is not proved.

    LR0.FM (Pathak et al., 2025) tunes its weights for rank correlation too, at 16 pixels; its exact objective
    was not read, and this one is not it.

    Args:
        robustness: Data set -> model -> Γ, the same models in each.
        aim: What is maximized; the other of the two decides between equals.

    Raises:
        UsageError: fewer than two data sets or three models, models that differ, or a data set in which all
            models are level, which ranks nothing.
    """
    names, table = _table(robustness)
    ranks = _ranks(table.T)  # (D, M)
    best = max((_climbed(table, ranks, start, aim) for start in _starts(len(names))), key=lambda f: f[0])[1]
    best = best / best.max()
    found = correlations(table, ranks, best[None])[0]
    equal = correlations(table, ranks, np.ones_like(best)[None])[0]
    return Fit(*(dict(zip(names, map(float, values), strict=True)) for values in (best, found, equal)))


def correlations(table: Floats, ranks: Floats, weights: Floats) -> Floats:
    """Return (R, D) Spearman correlations of each data set with the weighted mean.

    Args:
        table: (M, D) robustness of models on data sets.
        ranks: (D, M) ranks of the models in each.
        weights: (R, D), any scale.
    """
    own = _centered(_ranks(np.round(weights @ table.T, 12)))  # rounded, so that what is equal is a tie
    return np.asarray(own @ _centered(ranks).T)


def _climbed(table: Floats, ranks: Floats, start: Floats, aim: Aim) -> tuple[tuple[float, float], Floats]:
    """Return ((what is aimed at, what decides ties), weights) where no weight alone can gain."""
    now, reached = start.copy(), _worth(correlations(table, ranks, start[None]), aim)[0]
    for _ in range(SWEEPS):
        before = reached
        for j in range(len(now)):
            middles, widths = _stretches(table, now, j)
            tried = np.repeat(now[None], len(middles), 0)
            tried[:, j] = middles
            worth = _worth(correlations(table, ranks, tried), aim)
            k = max(range(len(worth)), key=lambda i: (*worth[i], widths[i]))
            if worth[k] > reached:
                now, reached = tried[k], worth[k]
        if reached == before:
            break
    return reached, now


def _stretches(table: Floats, weights: Floats, j: int) -> tuple[Floats, Floats]:
    """Return middles and widths of the stretches of weight j on which the order of the models stays."""
    rest = table @ np.where(np.arange(len(weights)) == j, 0.0, weights)
    a, b = np.triu_indices(len(table), 1)
    slope, gap = table[a, j] - table[b, j], rest[a] - rest[b]
    with np.errstate(divide="ignore", invalid="ignore"):
        turns = -gap / slope
    inside = turns[np.isfinite(turns) & (turns > LEAST) & (turns < 1)]
    edges = np.unique(np.concatenate(([LEAST], inside, [1.0])))
    return (edges[1:] + edges[:-1]) / 2, edges[1:] - edges[:-1]


def _worth(found: Floats, aim: Aim) -> list[tuple[float, float]]:
    mean, least = (np.round(v / GAIN) * GAIN for v in (found.mean(1), found.min(1)))
    return list(zip(*((mean, least) if aim == "mean" else (least, mean)), strict=True))


def _starts(n: int) -> Sequence[Floats]:
    alone = np.where(np.eye(n) > 0, 1.0, LEAST)
    drawn = generator("weights of data sets").uniform(LEAST, 1, (STARTS, n))
    return [np.ones(n), *alone, *drawn]


def _ranks(values: Floats) -> Floats:
    """Return ranks along the last axis, ties at their mean."""
    below = (values[..., None] > values[..., None, :]).sum(-1)
    level = (values[..., None] == values[..., None, :]).sum(-1)
    return np.asarray(below + (level + 1) / 2)


def _centered(ranks: Floats) -> Floats:
    """Return ranks of mean 0 and length 1; 0 where all are level."""
    away = ranks - ranks.mean(-1, keepdims=True)
    length = np.linalg.norm(away, axis=-1, keepdims=True)
    return np.asarray(np.divide(away, length, out=np.zeros_like(away), where=length > 0))


def _table(robustness: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, ...], Floats]:
    names = tuple(robustness)
    models = sorted({m for held in robustness.values() for m in held})
    for name in names:
        missing = [m for m in models if m not in robustness[name]]
        if missing:
            raise UsageError(f"{name} has no figure of {missing[0]}", fix="Give the same models in each")
    if len(names) < 2 or len(models) < 3:
        raise UsageError(
            f"weights are fitted to two data sets and three models or more, "
            f"not {len(names)} and {len(models)}"
        )
    table = np.array([[robustness[d][m] for d in names] for m in models], np.float64)
    for name, column in zip(names, table.T, strict=True):
        if not np.isfinite(column).all() or np.ptp(column) == 0:
            raise UsageError(f"{name} ranks nothing: its figures are all the same or not numbers")
    return names, table
