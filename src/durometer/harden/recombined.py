"""Recombination for one's own training loop: a torch data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.utils.data
from torch import Tensor

from durometer.core import DataError, Dataset, Dice, Target
from durometer.harden.donors import Donors
from durometer.harden.pool import pool
from durometer.harden.recombination import FIXED, Recombination
from durometer.ops.masks import share as share_of


def only(target: Target) -> int:
    """Return the one class of a target, as loss functions want it.

    Raises:
        DataError: if several classes count as right.
    """
    if len(target) != 1:
        raise DataError(
            f"{len(target)} classes count as right, where a loop wants one",
            fix="Give target=, a function from the set of classes to what the loop wants",
        )
    return int(next(iter(target)))


class Recombined(torch.utils.data.Dataset[tuple[Tensor, Any]]):
    """A torch data set whose objects stand on other backgrounds each time they are asked for.

    What sample i looks like depends on the seed, the epoch and the sample's id alone: the same with any
    number of workers, in any order. Items are (x, y): x (3, H, W) float32 in [0, 1].

        data = Recombined(open_data("photos", masks="masks"), epochs=90)
        for epoch in range(90):
            data.set_epoch(epoch)
            for x, y in DataLoader(data, batch_size=64, shuffle=True, num_workers=4): ...

    Args:
        dataset: Samples of one shape, each with a mask; held in memory at seven bytes a pixel, every object
            removed once, here.
        recombination: The switches.
        epochs: How many there will be, for schedules of the share of originals.
        seed: Of the dice.
        target: From a set of accepted classes to what the loop wants; the one class by default.
        transform: Called with x last.

    Raises:
        DataError: if shapes differ or a mask is missing; names the sample.
    """

    def __init__(
        self,
        dataset: Dataset,
        recombination: Recombination | None = None,
        *,
        epochs: int = 1,
        seed: int = 0,
        target: Callable[[Target], Any] = only,
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self._how, self._epochs, self._seed = recombination or Recombination(), epochs, seed
        self._held = pool(dataset, needs=self._how.needs)
        self._target, self._transform = target, transform
        shares = share_of(self._held.aux["mask"] / 255.0).tolist()
        self._donors = Donors(self._held.y, shares, self._how.background, self._how.prune)
        self._epoch = torch.zeros((), dtype=torch.long)
        self._epoch.share_memory_()  # type: ignore[no-untyped-call]  # workers that live on see it too

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next, from 0: other draws, and the next share of originals."""
        if not 0 <= epoch < self._epochs:
            raise DataError(
                f"epoch {epoch} is not one of {self._epochs}, counted from 0", fix="Give epochs= their number"
            )
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, i: int, /) -> tuple[Tensor, Any]:
        epoch, at = int(self._epoch), range(len(self))[i]
        how = self._how.at(epoch / self._epochs)
        own = self._held.batch(torch.tensor([at]))
        dice = Dice(self._seed, "recombination", 1, own.ids, epoch)
        fixed = dice.uniform("recombination", (FIXED,))
        chances = torch.cat((fixed, dice.uniform("place", (how.numbers - FIXED,))), dim=1)
        donor = self._donors.draw(at, float(chances[0, 1]))
        x = how.recombined(own, self._held.batch(torch.tensor([donor])), chances).x[0]
        return self._transform(x) if self._transform else x, self._target(own.y[0])
