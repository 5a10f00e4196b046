"""The best cut of a pixel grid in two: least cost of its pixels plus least cost of its border."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Link = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Right, down and the two diagonals: each pair of the eight neighbors once."""
LARGEST = 2**30
"""The sum of all capacities stays below it, so that no flow overflows 32 bits."""


def links(color: Floats, *, gamma: float = 50.0) -> list[Link]:
    """Return what it costs to part neighbors: (first pixel, second pixel, cost) for each of the four steps.

    gamma / distance * exp(-beta |difference|^2), beta = 1 / (2 mean |difference|^2): cheap along edges
    (Rother et al., 2004). Without any difference in the picture, exp(0).

    Args:
        color: (C, H, W).
        gamma: Weight against the cost of pixels.
    """
    pairs = [_pair(color, step) for step in STEPS]
    squares = [
        np.square(color.reshape(len(color), -1)[:, a] - color.reshape(len(color), -1)[:, b]).sum(0)
        for a, b in pairs
    ]
    mean = float(np.concatenate(squares).mean()) if squares else 0.0
    beta = 1 / (2 * mean) if mean > 1e-12 else 0.0
    return [
        (a, b, gamma / np.hypot(*step) * np.exp(-beta * square))
        for (a, b), step, square in zip(pairs, STEPS, squares, strict=True)
    ]


def cut(fore: Floats, back: Floats, between: list[Link]) -> Bools:
    """Return (H, W) bool, True on the object: the labeling of least cost, exact up to rounding.

    Args:
        fore: (H, W) cost of calling a pixel object, 0 or more.
        back: (H, W) cost of calling it background.
        between: As `links` gives them. Costs are rounded to whole parts of at least 1/2^30 of their sum.
    """
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    graph, source, sink = _graph(fore, back, between)
    flow = maximum_flow(graph, source, sink, method="dinic").flow
    rest = graph - flow
    rest.data = np.maximum(rest.data, 0)
    rest.eliminate_zeros()
    reached = breadth_first_order(rest, source, return_predecessors=False)
    inside = np.zeros(source + 2, bool)
    inside[reached] = True
    return inside[:source].reshape(fore.shape)


def cost(labels: Bools, fore: Floats, back: Floats, between: list[Link]) -> float:
    """Return what a labeling costs: its pixels, and its border."""
    flat = labels.ravel()
    border = sum(float(weight[flat[a] != flat[b]].sum()) for a, b, weight in between)
    return float(np.where(labels, fore, back).sum()) + border


def _graph(fore: Floats, back: Floats, between: list[Link]) -> tuple[Any, int, int]:
    """Pixels, then the source (object), then the sink; only the difference of a pixel's two costs matters."""
    from scipy.sparse import csr_array

    n = fore.size
    pixel, gain = np.arange(n), (back - fore).ravel()
    one, other = np.full(n, n), np.full(n, n + 1)
    parts = [(one, pixel, np.maximum(gain, 0)), (pixel, other, np.maximum(-gain, 0))]
    parts += [way for a, b, weight in between for way in ((a, b, weight), (b, a, weight))]
    start, end, size = (np.concatenate(column) for column in zip(*parts, strict=True))
    scale = LARGEST / max(float(size.sum()), 1e-12)
    whole = np.rint(size * min(scale, 2**20)).astype(np.int32)
    return csr_array((whole, (start, end)), shape=(n + 2, n + 2)), n, n + 1


def _pair(color: Floats, step: tuple[int, int]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    height, width = color.shape[1:]
    index = np.arange(height * width).reshape(height, width)
    down, right = step
    first = index[: height - down, max(0, -right) : width - max(0, right)]
    second = index[down:, max(0, right) : width - max(0, -right)]
    return first.ravel(), second.ravel()
