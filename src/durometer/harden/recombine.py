"""An ingredient: objects on other samples' backgrounds, so that the background says nothing of the class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator

from durometer.core import Batch
from durometer.ops.composite import cut, over


@dataclass(frozen=True)
class Recombine:
    """Paste each object of a batch on the background of another sample of it, that one's own object removed.

    Such images were made to measure, and to train, by Xiao et al. (2021). Donors are dealt along one random
    cycle through the batch, so that nobody gets their own and each background is used once.

    Args:
        chance: The share of samples that are moved to another background.
    """

    chance: float = 0.9
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})

    def __call__(self, batch: Batch, generator: Generator, /) -> Batch:
        """Return the batch with new pixels; `aux` and targets stay."""
        n = len(batch)
        order = torch.randperm(n, generator=generator)
        donor = torch.empty(n, dtype=torch.long)
        donor[order] = order.roll(1)
        moved = torch.rand(n, generator=generator) < self.chance
        color, alpha = cut(batch.x, batch.aux["mask"])
        pasted = over(batch.aux["filled"][donor], color, alpha)
        return batch.but(x=torch.where(moved.to(batch.x.device)[:, None, None, None], pasted, batch.x))
