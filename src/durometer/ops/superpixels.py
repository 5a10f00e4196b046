"""Superpixels: a picture cut into about a given number of patches of one color each."""

from __future__ import annotations

import torch
from torch import Tensor

ROUNDS = 6


def superpixels(lab: Tensor, rows: int, columns: int, *, compactness: float = 10.0) -> Tensor:
    """Return (H, W) int64: which of rows x columns patches each pixel of one picture belongs to.

    Clustering in color and place, each pixel among the 9 patches around its own cell of a regular grid
    (Achanta et al., 2012); patches need not be connected.

    Args:
        lab: (3, H, W) CIELAB of one picture.
        rows: Patches from top to bottom.
        columns: Patches from left to right.
        compactness: A difference in color that counts as much as the distance of one cell.
    """
    height, width = lab.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    row, column = (y * rows) // height, (x * columns) // width
    place = torch.stack(((y + 0.5) * (rows / height), (x + 0.5) * (columns / width))).double()
    points = torch.cat((lab.double().cpu(), place * compactness)).flatten(1).T  # (N, 5)
    near = _around(row.flatten(), column.flatten(), rows, columns)  # (N, 9)
    labels = (row * columns + column).flatten()
    for _ in range(ROUNDS):
        centers = means(points, labels, rows * columns)
        labels = near.gather(1, _nearest(points, centers, near))[:, 0]
    return labels.view(height, width)


def means(values: Tensor, labels: Tensor, n: int) -> Tensor:
    """Return (n, C): the mean of the values (N, C) of each label; zeros where it has none."""
    total = torch.zeros(n, values.shape[1], dtype=values.dtype).index_add_(0, labels, values)
    return total / torch.bincount(labels, minlength=n).clamp_min(1)[:, None]


def _nearest(points: Tensor, centers: Tensor, near: Tensor) -> Tensor:
    away = torch.stack([(points - centers[near[:, k]]).square().sum(dim=1) for k in range(near.shape[1])], 1)
    return away.argmin(dim=1, keepdim=True)


def _around(row: Tensor, column: Tensor, rows: int, columns: int) -> Tensor:
    """Return the 9 patches around each cell; beyond the edge, the nearest one inside."""
    steps = (-1, 0, 1)
    cells = [
        (row + i).clamp(0, rows - 1) * columns + (column + j).clamp(0, columns - 1)
        for i in steps
        for j in steps
    ]
    return torch.stack(cells, dim=1)
