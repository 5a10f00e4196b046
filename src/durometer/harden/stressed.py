"""An ingredient: any stressor, thrown anew at each batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator

from durometer.core import Batch, Dice, Stressor, UsageError, stress


@dataclass(frozen=True)
class Stressed:
    """Show the network samples under a stressor; one that refuses a sample leaves it as it is.

    Each batch throws dice of its own, whose seed comes from the training's generator; what a sample gets
    hangs on its id and not on its place in the batch.

        train(net, data, epochs=20, augment=Stressed(MedMnistAugmentation(profile="pneumoniamnist")))

    Args:
        stressor: What changes them, such as `MedMnistAugmentation`.
        chance: The share of samples that are changed.

    Raises:
        UsageError: if the chance is out of range.
    """

    stressor: Stressor
    chance: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.chance <= 1:
            raise UsageError(f"chance = {self.chance} is not between 0 and 1", where="stressed")

    @property
    def needs(self) -> frozenset[str]:
        """Entries of `batch.aux` that the stressor reads."""
        return self.stressor.needs

    def __call__(self, batch: Batch, generator: Generator, /) -> Batch:
        """Return the batch with new pixels; targets stay, and so does `aux`."""
        seed = int(torch.randint(2**53, (), generator=generator))
        dice = Dice(seed, self.stressor.name, self.stressor.version, batch.ids)
        moved = dice.named("stressed", 1).uniform("whether") < self.chance
        shown = stress(self.stressor, batch, dice)
        moved[list(shown.refused)] = False
        return batch.but(x=torch.where(moved.to(batch.x.device)[:, None, None, None], shown.x, batch.x))
