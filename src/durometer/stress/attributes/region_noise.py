"""Noise on the object alone, or on the background alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class RegionNoise(Stressor):
    """Add Gaussian noise to the pixels of one region and clip to [0, 1]; the other region keeps every pixel.

    The object is where its mask is half or more. The same noise field serves both regions, so their
    accuracies can be compared (RFS, Moayeri et al., 2022, who use sigma from 30/255 to 210/255).
    """

    on: Annotated[Literal["object", "background"], Param("which region")] = "object"
    sigma: Annotated[
        float, Param("standard deviation before clipping", unit="of the range", low=0.0, high=2.0)
    ] = 60 / 255

    name: ClassVar[str] = "region-noise"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "moayeri2022"

    @property
    def dial(self) -> Dial:
        return Dial(f"noise on the {self.on}", self.sigma, "of the range")

    @property
    def title(self) -> str:
        return f"noise on the {self.on}, {255 * self.sigma:g}/255"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        where = (subject.mask >= 0.5) if self.on == "object" else (subject.mask < 0.5)
        noise = dice.normal("noise", tuple(batch.x.shape[1:]))
        noisy = (batch.x + self.sigma * noise.to(batch.x.device)).clamp(0, 1)
        return hand_back(batch, subject, x=torch.where(where, noisy, batch.x))
