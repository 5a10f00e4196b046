"""Donors: the banks of backgrounds that a plan's conditions draw from, built before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from durometer.core import Bank, DataError, Dataset
from durometer.data.bank import MemoryBank, build_bank, folder_bank
from durometer.data.canvas import Canvas
from durometer.data.references import build_references
from durometer.ops.fill import fill
from durometer.run.conditions import Condition

OWN = ""
"""Name of the bank that is made of the data's own backgrounds."""
OBJECTS = "objects"
"""Name of the bank of the data's own pictures with their objects and masks."""
FEWEST = 2
"""A bank needs another background beside a sample's own."""


def banks(
    conditions: Iterable[Condition], dataset: Dataset, canvas: Canvas, *, seed: int, size: int
) -> Mapping[str, Bank]:
    """Build each bank once, by folder; the data's own is drawn from the whole data set, each object filled.

    A data set without enough masked samples gives no bank of its own; its conditions can't be met then.

    Raises:
        DataError: a folder of backgrounds that is missing or empty.
    """
    conditions = tuple(conditions)
    wanted = {c.donors or OWN for c in conditions if "donor" in c.needs}
    made: dict[str, Bank] = {
        folder: folder_bank(folder, canvas, seed=seed, size=size) for folder in wanted - {OWN}
    }
    if getattr(dataset, "mask_count", 0) < FEWEST:
        return made
    if OWN in wanted:
        made |= _own(OWN, lambda: build_bank(dataset, canvas, seed=seed, size=size, fill=fill))
    if any("reference" in c.needs for c in conditions):
        made |= _own(OBJECTS, lambda: build_references(dataset, canvas, seed=seed, size=size))
    return made


def _own(name: str, build: Callable[[], MemoryBank]) -> dict[str, Bank]:
    """Return the bank that the data gives, if it gives one with another sample beside each."""
    try:
        bank = build()
    except DataError:
        return {}
    return {name: bank} if len(bank.ids) >= FEWEST else {}
