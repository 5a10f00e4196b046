"""The picture while the camera moves toward it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from durometer.stress.corruptions.cached import cached
from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class ZoomBlur(Corruption):
    """Take the mean of the picture and of itself at several zooms about its middle.

    The constants are first zoom, end and step as `numpy.arange` reads them: at 224 pixels the first severity
    has twelve zooms, 1.11 among them, since floating point steps over the end.
    """

    name: ClassVar[str] = "zoom-blur"

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) blurred toward its middle; nothing is drawn."""
        return zoomed(x, np.arange(*self.constants).tolist())


def zoomed(x: Tensor, zooms: Sequence[float]) -> Tensor:
    """Return the mean of (B, C, H, W) and of itself at each zoom."""
    return cached(lambda planes: _mean(planes, zooms), x.flatten(0, 1)).reshape(x.shape)


def _mean(planes: Tensor, zooms: Sequence[float]) -> Tensor:
    """Return (n, H, W): the mean of planes and of their zooms."""
    total = planes.clone()
    turned = planes.mT.contiguous()
    for zoom in zooms:
        total += _zoomed(planes, turned, zoom)
    return total.div_(len(zooms) + 1)


def clipped_zoom(x: Tensor, zoom: float) -> Tensor:
    """Return (B, C, H, W) enlarged about its middle by `zoom` (at least 1), bilinear, in the same frame.

    Corner pixels of the part that is shown fall on corner pixels of the result, as in `scipy.ndimage.zoom`;
    the part is whole pixels, so the true zoom is the nearest that whole pixels allow, and what is too
    many is trimmed.
    """
    return cached(lambda p: _zoomed(p, p.mT.contiguous(), zoom), x.flatten(0, 1)).reshape(x.shape)


def _zoomed(planes: Tensor, turned: Tensor, zoom: float) -> Tensor:
    """Return (n, H, W) of planes and of the same with rows as columns: rows are much quicker to copy."""
    height, width = planes.shape[1:]
    if all(math.ceil(n / zoom) == n and round(zoom * n) == n for n in (height, width)):
        return planes
    return _between(_between(turned, zoom).mT.contiguous(), zoom)


def _between(planes: Tensor, zoom: float) -> Tensor:
    """Return (n, H, W) with rows between those that there are."""
    first, share = _rows(planes.shape[1], zoom)
    first, share = first.to(planes.device), share.to(planes)
    upper = planes.index_select(1, first)
    lower = planes.index_select(1, (first + 1).clamp_max(planes.shape[1] - 1))
    return lower.sub_(upper).mul_(share).add_(upper)


@lru_cache(maxsize=256)
def _rows(n: int, zoom: float) -> tuple[Tensor, Tensor]:
    """Return (n,) the row above each place that is shown, and (n, 1) how far below it the place is."""
    part = math.ceil(n / zoom)
    many = round(part * zoom)
    at = torch.arange(n, dtype=torch.float64) + (many - n) // 2
    at = at * ((part - 1) / max(1, many - 1)) + (n - part) // 2
    return at.floor().long(), (at - at.floor())[:, None]
