"""Donors: the banks of backgrounds that a plan's conditions draw from, built before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from durometer.core import Bank, DataError, Dataset
from durometer.data.bank import build_bank, folder_bank
from durometer.data.canvas import Canvas
from durometer.ops.fill import fill
from durometer.run.conditions import Condition

OWN = ""
"""Name of the bank that is made of the data's own backgrounds."""
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
    wanted = {c.donors or OWN for c in conditions if "donor" in c.needs}
    made: dict[str, Bank] = {
        folder: folder_bank(folder, canvas, seed=seed, size=size) for folder in wanted - {OWN}
    }
    if OWN in wanted and getattr(dataset, "mask_count", 0) >= FEWEST:
        try:
            own = build_bank(dataset, canvas, seed=seed, size=size, fill=fill)
        except DataError:
            return made
        if len(own.ids) >= FEWEST:
            made[OWN] = own
    return made
