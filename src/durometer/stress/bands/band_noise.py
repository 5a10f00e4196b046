"""Noise of one octave over a faint gray picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Json, Param, Stressor
from durometer.ops.octaves import BANDS, band, center, rms
from durometer.stress.bands.faint_gray import faint
from durometer.stress.shifts.whole import whole

APART = 0.1
"""How far from black or white a pixel is put whose noise carries it beyond."""


@dataclass(frozen=True)
class BandNoise(Stressor):
    """Lay noise of one octave over the picture, made gray and of low contrast.

    White noise of standard deviation `sd` is split by a Laplacian pyramid into seven bands; one is kept and
    scaled to the RMS of the highest, so that all bands are equally strong (0.94 · sd). A sample's noise is
    the same at every sd. Where the sum leaves [0, 1], the picture's pixel is changed so that the sum is 0.1
    or 0.9; fact `out_of_range`: the share of such pixels. (As published, but that noise beyond 0.9 is not
    drawn again: the strongest has seven standard deviations to go there.)

    Bands go by the center that the source names, 1.75 · 2^band cycles a picture; half of a band's power lies
    below half of that (below 94 cycles in the highest).

    Source: Subramanian et al. (2023), on pictures of 224 × 224; other sizes have the bands that are as many
    octaves below the finest. Read against the same picture without noise (`faint-gray`).
    """

    band: Annotated[int, Param("from 0, coarse, to 6, fine", low=0, high=BANDS - 1)] = 4
    sd: Annotated[float, Param("of the white noise, in units of the pixel range", low=0, high=0.3)] = 0.08
    contrast: Annotated[float, Param("share of the contrast that is left", low=0.01, high=1)] = 0.2
    level: Annotated[float, Param("mean level", low=0, high=1)] = 0.449

    name: ClassVar[str] = "band-noise"
    family: ClassVar[str] = "bands"
    control: ClassVar[str | None] = "faint-gray"
    source: ClassVar[str] = "subramanian2023"

    @property
    def dial(self) -> Dial:
        return Dial(f"noise, band {self.band}", self.sd, "sd")

    @property
    def title(self) -> str:
        return f"noise at {center(self.band):g} cycles a picture, sd {self.sd:g}"

    @property
    def control_params(self) -> Mapping[str, Json]:
        return {"contrast": self.contrast, "level": self.level}

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        short = min(batch.x.shape[-2:])
        if center(self.band, short) < 1:
            reason = f"{short} pixels hold less than one cycle of band {self.band}; choose a higher band"
            return batch.but(refused={**dict.fromkeys(range(len(batch)), reason), **batch.refused})
        height, width = batch.x.shape[-2:]
        white = dice.normal("noise", (1, height, width)).to(batch.x)
        noisy = faint(batch.x, self.contrast, self.level) + self.sd * of_band(white, self.band)
        beyond = (noisy < 0) | (noisy > 1)
        kept = torch.where(beyond, torch.where(noisy < 0, APART, 1 - APART), noisy)
        share = [float(b.sum()) / b.numel() for b in beyond]
        return whole(batch, lambda x: kept.expand_as(x).clone(), moves=False, facts={"out_of_range": share})


def of_band(white: Tensor, index: int) -> Tensor:
    """Return (B, 1, H, W): one band of white noise, as strong as the highest one."""
    kept = band(white, index)
    strong = rms(kept if index == BANDS - 1 else band(white, BANDS - 1))
    return kept * (strong / rms(kept).clamp_min(1e-12))
