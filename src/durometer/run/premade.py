"""Edited images that come with the data: which conditions they are, and how they get onto the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from durometer.core import Dataset, Sample
from durometer.data.canvas import Canvas, to_canvas
from durometer.run.plan import ConditionPlan


def variants_of(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of the edited versions that a data set brings; most bring none."""
    return tuple(getattr(dataset, "variants", ()))


def conditions_from(dataset: Dataset) -> tuple[ConditionPlan, ...]:
    """Return one condition for each edited version that a data set brings."""
    edits: Mapping[str, str] = getattr(dataset, "edits", {})
    return tuple(
        ConditionPlan("stress", "premade", {"variant": name, "edit": edits.get(name, "")}, required=False)
        for name in variants_of(dataset)
    )


def reader(dataset: Dataset, canvas: Canvas) -> Callable[[int, str], Tensor] | None:
    """Return what reads an edited version of a sample, on the canvas as (C, H, W); None: there are none."""
    if not variants_of(dataset):
        return None
    native: Callable[[int, str], Tensor] = dataset.variant  # type: ignore[attr-defined]
    return lambda position, name: to_canvas(Sample("", native(position, name), None), canvas).x
