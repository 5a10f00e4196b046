"""A part of a picture cut into equal cells, and the cells put elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Grid:
    """Rows × columns of cells of height × width pixels, the first at (top, left)."""

    top: int
    left: int
    height: int
    width: int
    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return self.rows * self.columns

    def cut(self, x: Tensor) -> Tensor:
        """Return the cells (N, C, h, w) of a picture (C, H, W), row by row."""
        shape = (len(x), self.rows, self.height, self.columns, self.width)
        return self._inner(x).reshape(shape).permute(1, 3, 0, 2, 4).flatten(0, 1)

    def paste(self, x: Tensor, cells: Tensor) -> Tensor:
        """Return the picture with these cells in place of its own; what lies beyond the grid stays."""
        out = x.clone()
        tiles = cells.reshape(self.rows, self.columns, *cells.shape[1:]).permute(2, 0, 3, 1, 4)
        self._inner(out).copy_(tiles.flatten(3, 4).flatten(1, 2))
        return out

    def _inner(self, x: Tensor) -> Tensor:
        bottom, right = self.top + self.rows * self.height, self.left + self.columns * self.width
        return x[:, self.top : bottom, self.left : right]


def grid_over(box: tuple[int, int, int, int], canvas: tuple[int, int], *, rows: int, columns: int) -> Grid:
    """Return the grid of so many cells that covers a box (left, top, right, bottom).

    It reaches beyond the box by less than a cell, so that all cells are equal, but not beyond the canvas
    (height, width): a strip of the box narrower than a cell can be left out there.
    """
    left, top, right, bottom = box
    height, first_row = _side(top, bottom, canvas[0], rows)
    width, first_column = _side(left, right, canvas[1], columns)
    return Grid(first_row, first_column, height, width, rows, columns)


def grid_of_cells(box: tuple[int, int, int, int], canvas: tuple[int, int], *, side: int) -> Grid:
    """Return the grid of square cells of this side that covers a box, as far as the canvas allows."""
    left, top, right, bottom = box
    rows = min(math.ceil((bottom - top) / side), canvas[0] // side)
    columns = min(math.ceil((right - left) / side), canvas[1] // side)
    return Grid(
        _start(top, bottom, canvas[0], rows * side), _start(left, right, canvas[1], columns * side),
        side, side, rows, columns,
    )  # fmt: skip


def cycle(x: Tensor, grid: Grid, order: Tensor) -> Tensor:
    """Return (C, H, W) with each cell moved to the place of the next one in `order` (N,): none stays."""
    cells = grid.cut(x)
    moved = torch.empty_like(cells)
    moved[order.roll(-1)] = cells[order]
    return grid.paste(x, moved)


def still_together(grid: Grid, order: Tensor) -> float:
    """Return the share of pairs of neighbors that are neighbors, in the same way, after `cycle`."""
    place = torch.empty_like(order)
    place[order] = order.roll(-1)
    place = place.reshape(grid.rows, grid.columns)
    row, column = place // grid.columns, place % grid.columns
    beside = (row[:, 1:] == row[:, :-1]) & (column[:, 1:] == column[:, :-1] + 1)
    below = (column[1:] == column[:-1]) & (row[1:] == row[:-1] + 1)
    pairs = beside.numel() + below.numel()
    return float(beside.sum() + below.sum()) / max(1, pairs)


def _side(first: int, last: int, limit: int, cells: int) -> tuple[int, int]:
    side = max(1, min(math.ceil((last - first) / cells), limit // cells))
    return side, _start(first, last, limit, side * cells)


def _start(first: int, last: int, limit: int, length: int) -> int:
    return min(max(first - (length - (last - first)) // 2, 0), limit - length)
