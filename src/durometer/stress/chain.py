"""Several edits, one after the other, as one condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Json, Param, Stressor
from durometer.core.recipe import one
from durometer.ops.fill import fill
from durometer.stress import STRESSORS

GIVEN = ("donor", "reference", "reference_mask")
"""What other samples lend; no step makes it stale."""


@dataclass(frozen=True)
class Chain(Stressor):
    """Apply edits in the order given, each with the dice it would have alone.

    So a chain shows the very background, place or angle that its steps show one by one, and the accuracies
    can be compared sample by sample (see `durometer.explain.interactions`). A sample that one step refuses is
    refused.

    It needs what its steps need, keeps the label if all of them do, and is read against the null edit where
    one step replaces the background (no filled hole can be seen then), else against its first step's control.

    Raises:
        ValueError: fewer than two steps, or two that take a donor.
    """

    steps: Annotated[
        tuple[str, ...], Param("edits with their parameters, such as 'size(share=0.05)', in order")
    ] = ("size(share=0.05)", "random-background")

    name: ClassVar[str] = "chain"

    def __post_init__(self) -> None:
        if len(self.steps) < 2:
            raise ValueError("a chain has two steps or more; name a single edit by itself")
        if any("premade" in step.needs for step in self.made):
            raise ValueError("images that came edited can't be part of a chain; name them by themselves")
        if sum("donor" in step.needs for step in self.made) > 1:
            raise ValueError("two steps of a chain take a donor, and a sample has one; keep one of them")
        told = {
            "needs": frozenset().union(*(step.needs for step in self.made)),
            "keeps_label": all(step.keeps_label for step in self.made),
            "control": _control([step.control for step in self.made]),
            "family": _family({step.family for step in self.made}),
        }
        for name, value in told.items():  # what a class says of itself elsewhere, a chain knows of its steps
            object.__setattr__(self, name, value)

    @cached_property
    def made(self) -> tuple[Stressor, ...]:
        """The steps."""
        parsed = [one(step, where="chain") for step in self.steps]
        return tuple(STRESSORS.make(step.name, step.named, where=f"chain, {step.name}") for step in parsed)

    def taker(self, need: str) -> Stressor:
        """Return the first step that needs this entry of `batch.aux`; the first of all if none does."""
        return next((step for step in self.made if need in step.needs), self.made[0])

    @property
    def control_params(self) -> Mapping[str, Json]:
        return next((step.control_params for step in self.made if step.control == self.control), {})

    @property
    def dial(self) -> Dial:
        return Dial("chain", float(len(self.steps)), "edits")

    @property
    def title(self) -> str:
        return " + ".join(step.title for step in self.made)

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        given = {key: batch.aux[key] for key in GIVEN if key in batch.aux}
        for step in self.made:
            aux = {**given, **batch.aux}
            if "filled" in step.needs and "filled" not in aux:  # a change of the whole picture made it stale
                aux["filled"] = fill(batch.x, batch.aux["mask"])
            batch = step(batch.but(aux=aux), dice.named(step.name, step.version))
        return batch


def _family(families: set[str]) -> str:
    return families.pop() if len(families) == 1 else "other"


def _control(controls: list[str | None]) -> str | None:
    named = [control for control in controls if control]
    return "null-edit" if "null-edit" in named else next(iter(named), None)
