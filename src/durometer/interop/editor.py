"""One edit of one picture, outside a run: what the adapters to other toolkits share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from durometer.core import Bank, Batch, DataError, Dice, Scalar, Spec, Stressor, UsageError, stress
from durometer.core.recipe import one
from durometer.data.bank import build_bank, folder_bank, pick
from durometer.data.canvas import Canvas
from durometer.data.maite import adopt
from durometer.interop.boxes import Moved
from durometer.ops.fill import fill
from durometer.ops.geometry import CAMERA, FIELD, MOTION, still
from durometer.stress import STRESSORS

BOXES = "boxes and points"
"""Stands for a target that lies on the picture, so that stressors say where pixels went."""
NO_MASK = "this sample has no mask"
GIVEN = frozenset({"mask", "filled", "donor"})
"""What an editor can give an edit."""


@dataclass(frozen=True)
class Edited:
    """What became of a picture.

    Attributes:
        x: (3, H, W) in [0, 1]: the picture as it was, if the edit refused it.
        mask: (1, H, W) of the object afterwards, where there is one.
        moved: Where object and picture went, for boxes and points.
        facts: What the edit achieved.
        reason: Why it was refused; empty if it was not.
    """

    x: Tensor
    mask: Tensor | None
    moved: Moved
    facts: Mapping[str, Scalar]
    reason: str = ""


class Editor:
    """An edit by name or as an object, with the dice and the backgrounds that it needs.

    Args:
        edit: `size(share=0.05)`, or a stressor.
        seed: Of the dice, as in a plan: the same seed and id give the change that a run shows.
        draw: Which repetition.
        donors: Backgrounds for edits that take one: a folder, a bank, or a data set with masks.

    Raises:
        UsageError: if the edit needs donors and there are none, or more than can be given here.
    """

    def __init__(self, edit: str | Stressor, *, seed: int = 0, draw: int = 0, donors: Any = None) -> None:
        self.stressor = made(edit)
        self.seed, self.draw = seed, draw
        beyond = self.stressor.needs - GIVEN
        if beyond:
            raise UsageError(f"{self.label!r} needs {', '.join(sorted(beyond))}, which only a run has")
        if "donor" in self.stressor.needs and donors is None:
            raise UsageError(f"{self.label!r} takes another background", fix="Give donors=, such as a folder")
        self._bank = _bank(donors, seed) if "donor" in self.stressor.needs else None

    @property
    def spec(self) -> Spec:
        """How to make the edit again."""
        return STRESSORS.spec(self.stressor)

    @property
    def label(self) -> str:
        """The edit in a word: `size(share=0.05)`."""
        return self.spec.label

    def __call__(self, x: Tensor, *, id: str, mask: Tensor | None = None) -> Edited:
        """Return a picture (3, H, W) in [0, 1] edited; its mask is (1, H, W) in [0, 1].

        Args:
            x: The picture, on the 8-bit grid.
            id: Whose dice are thrown.
            mask: Where the object is; edits of the object refuse a picture without one.
        """
        still_there = Moved(still(1), still(1), mask, mask)
        if mask is None and self.stressor.needs & {"mask", "filled"}:
            return Edited(x, None, still_there, {}, NO_MASK)
        try:
            batch = self._batch(x, id, mask)
        except DataError as error:
            return Edited(x, mask, still_there, {}, str(error))
        result = stress(self.stressor, batch, self._dice(id))
        if 0 in result.refused:
            return Edited(x, mask, still_there, {}, result.refused[0])
        after = result.aux.get("mask")
        moved = Moved(
            result.aux.get(MOTION, still(1)),
            result.aux.get(CAMERA, still(1)),
            mask,
            None if after is None else after[0],
            result.aux.get(FIELD),
        )
        facts = {name: column[0] for name, column in result.facts.items()}
        return Edited(result.x[0], moved.after, moved, facts)

    def _dice(self, name: str) -> Dice:
        return Dice(self.seed, self.stressor.name, self.stressor.version, (name,), self.draw)

    def _batch(self, x: Tensor, name: str, mask: Tensor | None) -> Batch:
        aux = {} if mask is None else {"mask": mask[None]}
        if mask is not None and "filled" in self.stressor.needs:
            aux["filled"] = fill(x[None], mask[None])
        if self._bank is not None:
            (donor,) = pick(self._bank, (name,), self._dice(name))
            aux["donor"] = self._bank.image(donor, int(x.shape[-2]), int(x.shape[-1]))[None].to(x)
        return Batch((name,), x[None], (BOXES,), aux)


def made(edit: str | Stressor) -> Stressor:
    """Return a stressor by name and parameters, or the one that is given."""
    if not isinstance(edit, str):
        return edit
    step = one(edit, where="edit")
    return STRESSORS.make(step.name, step.named)


def _bank(donors: Any, seed: int) -> Bank:
    if isinstance(donors, str | Path):
        return folder_bank(donors, Canvas(), seed=seed)
    if hasattr(donors, "image") and hasattr(donors, "digest"):
        bank: Bank = donors
        return bank
    with torch.no_grad():
        return build_bank(adopt(donors), Canvas(), seed=seed, fill=fill)
