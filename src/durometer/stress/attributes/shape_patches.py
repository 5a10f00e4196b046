"""The object's texture in disorder: its patches put elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.cells import Grid, cycle, grid_of_cells, grid_over, still_together
from durometer.ops.composite import cut, over_premultiplied, premultiplied
from durometer.stress.attributes.editing import Subject, hand_back
from durometer.stress.shifts.whole import whole


@dataclass(frozen=True)
class ShapePatches(Stressor):
    """Cut the object, or the whole picture, into equal cells and put each where another was.

    Within a cell nothing changes, so colors and fine texture stay, and so does the object's area; its global
    shape is gone. A person could no longer be sure of the label: a right answer is a sign that the model
    reads texture. Every cell moves (a random cycle through all of them). Of the object only its own pixels
    travel; the background stays and is filled where they were.
    """

    grid: Annotated[int, Param("cells along each side", low=2, high=64)] = 4
    cell: Annotated[
        float | None,
        Param("side of square cells; goes before grid", unit="share of the short side", low=0.01, high=0.5),
    ] = None
    of: Annotated[Literal["object", "picture"], Param("what is cut up")] = "object"

    name: ClassVar[str] = "shape-patches"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    keeps_label: ClassVar[bool] = False
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"

    def __post_init__(self) -> None:
        if self.of == "picture":  # nothing is cut out, so no mask is needed and no hole is left
            object.__setattr__(self, "needs", frozenset())
            object.__setattr__(self, "control", None)

    @property
    def dial(self) -> Dial:
        if self.cell is None:
            return Dial("shape", float(self.grid), "cells a side")
        return Dial("shape", self.cell, "cell's share of the short side")

    @property
    def title(self) -> str:
        cells = f"{self.grid} by {self.grid}" if self.cell is None else f"cells of {100 * self.cell:g} %"
        return f"{self.of} in patches, {cells}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        return self._picture(batch, dice) if self.of == "picture" else self._object(batch, dice)

    def _picture(self, batch: Batch, dice: Dice) -> Batch:
        height, width = batch.x.shape[-2:]
        plans, refused = self._plans([(0, 0, width, height)] * len(batch), (height, width), dice)
        done = whole(batch, lambda t: _cycled(t, plans), moves=True, facts=_facts(plans))
        return done.but(refused=dict(sorted({**refused, **batch.refused}.items())))

    def _object(self, batch: Batch, dice: Dice) -> Batch:
        subject = Subject(batch)
        size = subject.height, subject.width
        plans, refused = self._plans([_grown(box, *size) for box in subject.box], size, dice)
        subject.refused.update({i: why for i, why in refused.items() if i not in subject.refused})
        moved = _cycled(premultiplied(*cut(batch.x, subject.mask)), plans)
        mask = _cycled(subject.mask, plans)
        x = over_premultiplied(batch.aux["filled"], moved)
        return hand_back(batch, subject, x=x, mask=mask, facts=_facts(plans))

    def _plans(
        self, boxes: Sequence[tuple[int, int, int, int]], canvas: tuple[int, int], dice: Dice
    ) -> tuple[list[tuple[Grid, Tensor] | None], dict[int, str]]:
        """Return each sample's grid and the order of its cells; None and a reason where there is none."""
        plans: list[tuple[Grid, Tensor] | None] = []
        refused = dict[int, str]()
        for i, box in enumerate(boxes):
            grid = self._grid(box, canvas)
            plans.append(
                None if grid is None else (grid, dice.select([i]).permutation("cells", grid.cells)[0])
            )
            if grid is None:
                refused[i] = "there is no room for two cells; choose smaller cells or a larger canvas"
        return plans, refused

    def _grid(self, box: tuple[int, int, int, int], canvas: tuple[int, int]) -> Grid | None:
        if self.cell is not None:
            found = grid_of_cells(box, canvas, side=max(1, round(self.cell * min(canvas))))
            return found if found.cells > 1 else None
        return None if min(canvas) < self.grid else grid_over(box, canvas, rows=self.grid, columns=self.grid)


def _grown(box: tuple[float, ...], height: int, width: int) -> tuple[int, int, int, int]:
    """Return the box with a pixel more on each side, for the soft skirt that the object is cut with."""
    left, top, right, bottom = (int(edge) for edge in box)
    return max(0, left - 1), max(0, top - 1), min(width, right + 1), min(height, bottom + 1)


def _cycled(x: Tensor, plans: Sequence[tuple[Grid, Tensor] | None]) -> Tensor:
    return torch.stack([t if plan is None else cycle(t, *plan) for t, plan in zip(x, plans, strict=True)])


def _facts(plans: Sequence[tuple[Grid, Tensor] | None]) -> dict[str, list[Scalar]]:
    return {
        "cells": [None if plan is None else plan[0].cells for plan in plans],
        "neighbors_kept": [None if plan is None else round(still_together(*plan), 4) for plan in plans],
    }
