"""2^k designs: every combination of k edits, to tell what they do together from what each does alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from durometer.core import Json, PlanError
from durometer.core.recipe import one
from durometer.run.conditions import Condition, make
from durometer.run.plan import ConditionPlan, DesignPlan

Cell = tuple[int, ...]
"""Which factors are on, by their place in the design."""
MOST = 5
"""Factors of one design: 31 combinations; more would measure interactions that nobody can read."""


@dataclass(frozen=True)
class Design:
    """A design that can be met.

    Attributes:
        factors: Titles of the edits, in the order in which they are applied.
        cells: Which are on -> the Spec key of that condition.
    """

    factors: tuple[str, ...]
    cells: Mapping[Cell, str]

    def json(self) -> dict[str, Json]:
        """Return the design as the manifest keeps it: `{"0,1": key}`."""
        return {
            "factors": list(self.factors),
            "cells": {",".join(map(str, cell)): key for cell, key in self.cells.items()},
        }


@dataclass(frozen=True)
class Laid:
    """A design's plans and conditions, before it is known which can be met."""

    plan: DesignPlan
    cells: Mapping[Cell, tuple[ConditionPlan, Condition]]


def lay_out(plan: DesignPlan, donors: str | None) -> Laid:
    """Make the 2^k − 1 conditions of a design; the unedited canvas is the last of the 2^k.

    Raises:
        PlanError: fewer than two factors or more than `MOST`, one twice, or an edit that can't be made.
    """
    where = plan.where or "design"
    if not 2 <= len(plan.factors) <= MOST:
        raise PlanError(
            f"a design has 2 to {MOST} factors, this one {len(plan.factors)}", where=where, fix="Split it up"
        )
    if len(set(plan.factors)) < len(plan.factors):
        raise PlanError("a design names the same factor twice", where=where, fix="Remove one of them")
    places = range(len(plan.factors))
    cells = [cell for k in places for cell in combinations(places, k + 1)]
    return Laid(plan, {cell: _cell(plan, cell, where, donors) for cell in cells})


def _cell(plan: DesignPlan, cell: Cell, where: str, donors: str | None) -> tuple[ConditionPlan, Condition]:
    steps = [plan.factors[i] for i in cell]
    if len(steps) == 1:
        step = one(steps[0], where=where)
        name, params = step.name, dict(step.named)
    else:
        name, params = "chain", {"steps": steps}
    told = ConditionPlan(
        "stress",
        name,
        params,
        draws=plan.draws,
        required=plan.required,
        where=f"{where}, {' + '.join(steps)}",
    )
    made = make(told)
    if "donor" in made.needs and (plan.donors or donors):
        told = replace(told, donors=plan.donors or donors)
        made = make(told)
    role = "combination" if len(steps) > 1 and made.role == "edit" else made.role
    return told, replace(made, role=role)


def met(laid: Sequence[Laid], conditions: Iterable[Condition]) -> tuple[Design, ...]:
    """Return the designs of which every cell can be met."""
    present = {condition.key for condition in conditions}
    return tuple(
        Design(
            tuple(design.cells[(i,)][1].title for i in range(len(design.plan.factors))),
            {cell: made.key for cell, (_, made) in design.cells.items()},
        )
        for design in laid
        if all(made.key in present for _, made in design.cells.values())
    )
