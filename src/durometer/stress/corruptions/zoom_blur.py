"""The picture while the camera moves toward it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from durometer.stress.corruptions.corruption import Corruption, Drawn


@dataclass(frozen=True)
class ZoomBlur(Corruption):
    """Take the mean of the picture and of itself at several zooms about its middle.

    The constants are first zoom, end and step as `numpy.arange` reads them: at 224 pixels the first severity
    has twelve zooms, 1.11 among them, since floating point steps over the end.
    """

    name: ClassVar[str] = "zoom-blur"
    one_by_one: ClassVar[bool] = True

    def applied(self, x: Tensor, drawn: Drawn) -> Tensor:
        """Return (B, C, H, W) blurred toward its middle; nothing is drawn."""
        return zoomed(x, np.arange(*self.constants).tolist())


def zoomed(x: Tensor, zooms: Sequence[float]) -> Tensor:
    """Return the mean of (B, C, H, W) and of itself at each zoom; one sample at a time."""
    total = x.clone()
    for zoom in zooms:
        total += clipped_zoom(x, zoom)
    return total / (len(zooms) + 1)


def clipped_zoom(x: Tensor, zoom: float) -> Tensor:
    """Return (B, C, H, W) enlarged about its middle by `zoom` (at least 1), bilinear, in the same frame.

    Corner pixels of the part that is shown fall on corner pixels of the result, as in `scipy.ndimage.zoom`;
    the part is whole pixels, so the true zoom is the nearest that whole pixels allow, and what is too
    many is trimmed.
    """
    height, width = x.shape[-2:]
    rows, columns = math.ceil(height / zoom), math.ceil(width / zoom)
    if (rows, columns) == (height, width) and round(zoom * height) == height and round(zoom * width) == width:
        return x
    top, left = (height - rows) // 2, (width - columns) // 2
    part = x[..., top : top + rows, left : left + columns]
    tall, wide = round(rows * zoom), round(columns * zoom)
    large = F.interpolate(part, size=(tall, wide), mode="bilinear", align_corners=True)
    top, left = (tall - height) // 2, (wide - width) // 2
    return large[..., top : top + height, left : left + width]
