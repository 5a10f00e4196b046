"""Training pictures with a drawn corruption of their own data set, as MedMNIST-C's targeted augmentation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dice, Param, Stressor
from durometer.stress import STRESSORS
from durometer.stress.corruptions.medmnist.constants import CONSTANTS
from durometer.stress.corruptions.medmnist.medical import PREFIX, Medical, Profile
from durometer.stress.shifts.whole import whole

NUMBERS = 3
"""Numbers that a corruption's constants take at most."""
NONE = "none"


@dataclass(frozen=True)
class MedMnistAugmentation(Stressor):
    """Corrupt each picture by one of its data set's corruptions, drawn, at a drawn strength; or not at all.

    As published, every corruption is as likely as the next and as no corruption, and each constant is drawn
    uniformly from the first entry of its list to the last, each number for itself. Not as published: impulse
    noise hits other values each time (there, always the same), photons of shot noise are whole numbers,
    gray pictures stay gray (there, noise is colored in training), and a corruption that can't be made at
    this size is not drawn. The fact `corruption` says what was done.

    Source: Di Salvo et al. (2024).
    """

    profile: Profile = "pneumoniamnist"
    chance: Annotated[
        float | None, Param("share of pictures that are corrupted; as published if not given", low=0, high=1)
    ] = None
    leave_out: Annotated[tuple[str, ...], Param("corruptions that are not drawn, such as 'pixelate'")] = ()

    name: ClassVar[str] = "medmnist-augmentation"
    family: ClassVar[str] = "corruptions"
    source: ClassVar[str] = "di2024"

    def __post_init__(self) -> None:
        known = CONSTANTS[self.profile]
        if strange := [name for name in self.leave_out if name not in known]:
            raise ValueError(f"{self.profile} has no corruption {strange[0]!r}, only {', '.join(known)}")

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        channels, height, width = batch.x.shape[1:]
        every = [c for c in corruptions(self.profile) if c.corruption not in self.leave_out]
        usable = [c for c in every if c.possible((channels, height, width))]
        if not usable:
            reason = every[0].refuses((channels, height, width)) if every else "all corruptions are left out"
            return batch.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
        drawn = dice.uniform("corruption", (2,)).tolist()
        chosen = [self._chosen(usable, *pair) for pair in drawn]
        strength = dice.uniform("strength", (NUMBERS,)).tolist()
        parts = [
            _one(c, x[None], shares, dice.select([i])) if c else x[None]
            for i, (c, x, shares) in enumerate(zip(chosen, batch.x, strength, strict=True))
        ]
        names = tuple(c.corruption if c else NONE for c in chosen)
        return whole(batch, lambda x: torch.cat(parts), moves=False, facts={"corruption": names})

    def _chosen(self, usable: list[Medical], whether: float, which: float) -> Medical | None:
        chance = len(usable) / (len(usable) + 1) if self.chance is None else self.chance
        return usable[int(which * len(usable))] if whether < chance else None


def _one(corruption: Medical, x: Tensor, shares: list[float], dice: Dice) -> Tensor:
    """Return one picture (1, C, H, W) corrupted, with the draws that the corruption itself would have."""
    dice = dice.named(corruption.name, corruption.version)
    _, channels, height, width = x.shape
    drawn = {k: v.to(x.device) for k, v in corruption.drawn((channels, height, width), dice).items()}
    return corruption.made(x, drawn, corruption.between(shares))


@lru_cache(maxsize=16)
def corruptions(profile: str) -> tuple[Medical, ...]:
    """Return the corruptions of a data set."""
    made: list[Any] = [STRESSORS.make(PREFIX + name, {"profile": profile}) for name in CONSTANTS[profile]]
    return tuple(made)
