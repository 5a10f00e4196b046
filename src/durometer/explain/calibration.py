"""Can the confidence be trusted: on the canvas and under each condition."""

from __future__ import annotations

import numpy as np

from durometer.explain.findings import Calibration
from durometer.explain.study import Study
from durometer.measures.ece import ece_estimate, expected_gap, reliability
from durometer.stats import share_estimate

SURE = 0.9


def calibrations(study: Study) -> tuple[Calibration, ...]:
    """Return the calibration of each model on the canvas first, then under each edit and control."""
    conditions = (study.canvas, *study.of_role("edit", "control"))
    return tuple(
        calibration(study, model, key)
        for model in study.models
        for key in conditions
        if np.isfinite(study.cell(model, key).confidence[study.cell(model, key).good]).any()
    )


def calibration(study: Study, model: str, condition: str) -> Calibration:
    """Return the calibration of a cell; answers that were not finite have no confidence and are left out."""
    cell = study.cell(model, condition)
    kept = cell.good & np.isfinite(cell.confidence)
    right = (cell.score >= study.right_from).astype(np.float64)
    confidence, score, unit = cell.confidence[kept], right[kept], cell.position[kept]
    table = reliability(confidence, score)
    sure_and_wrong = (cell.confidence >= SURE) & (right < 1)
    held = np.flatnonzero(table.count > 0)
    return Calibration(
        model=model,
        condition=condition,
        title=study.title(condition),
        ece=ece_estimate(confidence, score, n=np.unique(unit).size, level=study.level),
        expected=expected_gap(table),
        confident_mistakes=share_estimate(
            sure_and_wrong[cell.good], units=cell.position[cell.good], level=study.level
        ),
        bins=tuple(
            (
                float(table.confidence[b] / table.count[b]),
                float(table.right[b] / table.count[b]),
                int(table.count[b]),
            )
            for b in held.tolist()
        ),
    )
