"""Making the candidates of a search: objects are cut once, donors resized once, edits made for all asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import torch
from torch import Tensor

from durometer.attack.searches.base import Candidate
from durometer.core import Bank, Batch, Dice, Stressor, stress
from durometer.ops.composite import cut
from durometer.run.show import Bench
from durometer.stress.attributes.editing import Subject


class Maker:
    """Makes candidates for the samples of a batch.

    Args:
        batch: With masks and filled backgrounds where there are any.
        bench: Seed, donors and device.
        donors: Folder of the bank that the search draws from; None for the data's own.
        draw: Which repetition of the search.
    """

    def __init__(self, batch: Batch, bench: Bench, donors: str | None, draw: int) -> None:
        self.batch, self.bench, self.draw = batch, bench, draw
        self.donors = donors or ""
        self._bases: dict[Stressor, Batch] = {}

    @property
    def bank(self) -> Bank:
        """The search's donors."""
        return self.bench.banks[self.donors]

    def pictures(self, candidate: Candidate, samples: Sequence[int]) -> tuple[Tensor, Mapping[int, str]]:
        """Return ((n, C, H, W) on the 8-bit grid, place among `samples` -> why it could not be made)."""
        if candidate.donor is not None:
            refused = {j: self._paste.refused[i] for j, i in enumerate(samples) if i in self._paste.refused}
            return self._paste.before(self._donor(candidate.donor), samples), refused
        made = self._made(candidate, samples)
        return made.x, made.refused

    def whole(self, candidate: Candidate, sample: int) -> Batch:
        """Return one sample with a candidate made by its stressor alone, facts and mask included."""
        return self._made(candidate, [sample])

    def donor(self, candidate: Candidate) -> Tensor | None:
        """Return the background (C, H, W) that a candidate brings, if it brings one."""
        return None if candidate.donor is None else self._donor(candidate.donor)

    def _made(self, candidate: Candidate, samples: Sequence[int]) -> Batch:
        batch = self.batch if candidate.base is None else self._base(candidate.base)
        part = batch if len(samples) == len(batch) else batch.select(samples)
        if candidate.donor is not None:
            donors = self._donor(candidate.donor).expand_as(part.x)
            part = part.but(aux={**part.aux, "donor": donors})
        return stress(candidate.stressor, part, self._dice(candidate.stressor, part, candidate.draw))

    def _base(self, base: Stressor) -> Batch:
        if base not in self._bases:
            self._bases[base] = stress(base, self.batch, self._dice(base, self.batch, 0))
        return self._bases[base]

    def _dice(self, stressor: Stressor, batch: Batch, draw: int) -> Dice:
        of = self.bench
        return Dice(of.seed, stressor.name, stressor.version, batch.ids, self.draw + draw, of.device)

    def _donor(self, number: int) -> Tensor:
        height, width = self.batch.x.shape[-2:]
        return self.bank.image(number, height, width).to(self.batch.x.device)

    @cached_property
    def _paste(self) -> Paste:
        return Paste(self.batch)


class Paste:
    """The objects of a batch, cut once; another background then costs one blend.

    Bit by bit what `random-background` makes of the same donor.
    """

    def __init__(self, batch: Batch) -> None:
        color, alpha = cut(batch.x, batch.aux["mask"])
        self._front, self._back = alpha * color, 1 - alpha
        self.refused = Subject(batch).refused

    def before(self, background: Tensor, samples: Sequence[int]) -> Tensor:
        """Return (n, C, H, W) on the 8-bit grid: these samples' objects before one background (C, H, W)."""
        out = torch.empty((len(samples), *background.shape), device=background.device)
        for j, i in enumerate(samples):  # one at a time, so that all steps stay in the processor's cache
            torch.mul(self._back[i], background, out=out[j])
            out[j].add_(self._front[i]).mul_(255).round_().div_(255)
        return out
