"""GrabCut, from a box or from what stands out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Param
from durometer.models.segmenters.protocol import Segmented
from durometer.models.segmenters.saliency import Saliency
from durometer.ops.boxes import inside
from durometer.ops.grab_cut import Floats, Grabbed, grab_cut
from durometer.ops.guided import enlarged
from durometer.ops.lab import to_lab
from durometer.ops.shrink import shrunk

FLOOR = 4.0
"""Variance, in CIELAB units squared, below which a color is one color."""
GROWN = 0.15
"""How far around a box it is looked, in shares of its sides."""
LEAST = 0.02
"""No pixel is surer than this, before colors are seen, to be object or not."""


@dataclass(frozen=True)
class GrabCut:
    """Two mixtures of colors and a graph cut, in turns (Rother et al., 2004), without weights.

    It starts from what stands out (`Saliency`), with a box from what stands out around it, mixed half and
    half with the ellipse in it; the result is enlarged along edges. A prior for where the object is, which
    the paper does not have, pulls the cut back to where it started. Runs on the CPU. Confidence: the overlap
    (IoU) of the mask with what its colors alone would call object.
    """

    side: Annotated[int, Param("short side at which it cuts", unit="pixels", low=16)] = 96
    components: Annotated[int, Param("colors of object and of background", low=1)] = 5
    gamma: Annotated[float, Param("weight of the border", low=0)] = 20.0
    prior: Annotated[float, Param("weight of the start against the colors", low=0)] = 1.0
    rounds: Annotated[int, Param("rounds, at most", low=1)] = 2

    name: ClassVar[str] = "grabcut"
    version: ClassVar[int] = 1
    source: ClassVar[str] = "rother2004"

    def __call__(self, x: Tensor, boxes: Tensor | None = None, /) -> Segmented:
        found = [
            self._one(one, None if boxes is None else boxes[i : i + 1]) for i, one in enumerate(x[:, None])
        ]
        masks, confidence = (list(column) for column in zip(*found, strict=True))
        return Segmented(torch.cat(masks), torch.tensor(confidence, dtype=torch.float64))

    def _one(self, x: Tensor, box: Tensor | None) -> tuple[Tensor, float]:
        small = shrunk(x, self.side)
        height, width = small.shape[-2:]
        within = torch.ones_like(x[:, :1]) if box is None else inside(box, x)
        outside = F.interpolate(within, size=(height, width), mode="area")[0, 0].cpu().numpy() == 0
        likely = self._likely(x, box, outside)
        odds = np.log(likely / (1 - likely))
        found = grab_cut(
            to_lab(small)[0].double().cpu().numpy(), likely > 0.5, self.prior * odds, outside,
            components=self.components, gamma=self.gamma, rounds=self.rounds, floor=FLOOR,
        )  # fmt: skip
        mask = torch.from_numpy(found.labels).to(x)[None, None]
        return enlarged(mask, x) * within, _agreement(found)

    def _likely(self, x: Tensor, box: Tensor | None, outside: np.ndarray) -> Floats:
        """Return (h, w): how likely each pixel is object before its color is asked."""
        if outside.all():  # a box that holds no pixel
            return np.full(outside.shape, LEAST)
        if box is None or not outside.any():
            share = _at(Saliency().map(x), outside.shape)
        else:
            share = (_ellipse(~outside) + _at(_around(x, box), outside.shape)) / 2
        return np.clip(np.where(outside, 0, share), LEAST, 1 - LEAST)


def _around(x: Tensor, box: Tensor) -> Tensor:
    """Return (1, 1, H, W): what stands out from the surroundings of a box, 0 elsewhere."""
    height, width = x.shape[-2:]
    left, top, right, bottom = box[0].tolist()
    across, down = GROWN * (right - left), GROWN * (bottom - top)
    rows = slice(max(0, int(top - down)), min(height, math.ceil(bottom + down)))
    columns = slice(max(0, int(left - across)), min(width, math.ceil(right + across)))
    part = x[..., rows, columns]
    whole = torch.zeros_like(x[:, :1])
    seen = Saliency(center=0.5).map(part)
    whole[..., rows, columns] = F.interpolate(seen, size=part.shape[-2:], mode="bilinear")
    return whole


def _at(share: Tensor, size: tuple[int, ...]) -> Floats:
    small = F.interpolate(share, size=size, mode="bilinear", antialias=True)
    return np.asarray(small[0, 0].double().cpu().numpy())


def _ellipse(where: np.ndarray) -> Floats:
    """Return (h, w): a soft hill over the box of a region, 0.5 on the ellipse that touches its sides."""
    rows, columns = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    y, x = np.mgrid[: where.shape[0], : where.shape[1]].astype(np.float64)
    v = (2 * y - rows[0] - rows[-1]) / len(rows)
    u = (2 * x - columns[0] - columns[-1]) / len(columns)
    return np.asarray(0.5 ** np.square(u**2 + v**2))


def _agreement(found: Grabbed) -> float:
    both = int((found.labels & found.colors).sum())
    return both / max(1, int((found.labels | found.colors).sum()))
