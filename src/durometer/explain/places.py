"""Accuracy by where the object stands: thirds of the canvas, from what position edits say they achieved."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Json
from durometer.explain.findings import PlaceMap
from durometer.explain.study import Study
from durometer.stats import share_estimate

SIDE = 3
AXIS = "position"
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "center", "right")
CELLS = tuple(f"{row}-{column}" for row in ROWS for column in COLUMNS)


def places(study: Study) -> tuple[PlaceMap, ...]:
    """Return one 3×3 map a model, over all edits on the axis `position` that say where the object is.

    Where it is: the fact `cell` (`top-left` to `bottom-right`, or 0 to 8 row by row), or else the third that
    `center_x` and `center_y` (0 to 1) fall in.
    """
    conditions = [k for k in study.of_role("edit") if study.conditions[k]["axis"] == AXIS]
    maps = (place_map(study, model, conditions) for model in study.models)
    return tuple(m for m in maps if m is not None)


def place_map(study: Study, model: str, conditions: list[str]) -> PlaceMap | None:
    """Return the map of one model; None where no edit says where the object is."""
    cells = [study.cell(model, key) for key in conditions]
    if not cells:
        return None
    texts = np.concatenate([study.texts["facts"][c.at[c.good]] for c in cells])
    score = np.concatenate([c.score[c.good] for c in cells])
    unit = np.concatenate([c.position[c.good] for c in cells])
    place = _places(texts.tolist())
    if (place < 0).all():
        return None
    grid = [_estimate(study, score, unit, place == i) for i in range(SIDE * SIDE)]
    return PlaceMap(model, AXIS, tuple(tuple(grid[r * SIDE : (r + 1) * SIDE]) for r in range(SIDE)))


def _estimate(
    study: Study, score: npt.NDArray[np.float64], unit: npt.NDArray[np.int64], here: npt.NDArray[np.bool_]
) -> Estimate | None:
    if not here.any():
        return None
    clusters = study.clusters(unit[here])
    return share_estimate(score[here], units=unit[here], clusters=clusters, level=study.level)


def _places(texts: list[str]) -> npt.NDArray[np.int64]:
    known = {text: _place(json.loads(text)) if text else -1 for text in set(texts)}
    return np.array([known[text] for text in texts], np.int64)


def _place(facts: Mapping[str, Json]) -> int:
    cell = facts.get("cell")
    if cell in CELLS:
        return CELLS.index(cell)
    if isinstance(cell, int | float) and 0 <= cell < SIDE * SIDE:
        return int(cell)
    x, y = facts.get("center_x"), facts.get("center_y")
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return -1
    column, row = (min(SIDE - 1, max(0, int(value * SIDE))) for value in (x, y))
    return row * SIDE + column
